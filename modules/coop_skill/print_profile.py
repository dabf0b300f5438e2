# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The profile of a member on paper, for clients"
from trytond.model import ModelView, fields
from trytond.modules.coop_member.letter_report import LetterReport, _logo
from trytond.pool import Pool
from trytond.transaction import Transaction
from trytond.wizard import Button, StateReport, StateView, Wizard


class ProfileReport(LetterReport):
    __name__ = 'coop.member.profile.report'

    @classmethod
    def letter_member(cls, record):
        if record.__name__ == 'coop.member.directory':
            # a row of the directory has the id of its member
            return Pool().get('coop.member')(record.id)
        return record.member

    @classmethod
    def make(cls, records, data, action):
        # Made for clients: in the reader's language if nothing else is said
        data = {'language': Transaction().language, **data}
        return super().make(records, data, action)

    @classmethod
    def letters(cls, company, records, data):
        Directory = Pool().get('coop.member.directory')
        members = {r.id: cls.letter_member(r) for r in records}
        # On paper the rates are for everybody, or not at all
        with Transaction().set_context(public_directory=True):
            seen = Directory.rates_seen(members.values())
        return {
            id_: told(member, member.id in seen)
            for id_, member in members.items()}


def told(member, rates):
    """Return what a template tells of a member to who is not a member.

    :param rates: whether the rates are told
    """
    Profile = Pool().get('coop.member.profile')
    profile, = Profile.search([('member', '=', member.id)])
    return {
        'profile': profile,
        'skills': [
            (s.skill.name, s.declared, s.proven,
                [r.text for r in s.rates] if rates else [])
            for s in profile.skills],
        'rates': rates,
        'zones': [z.text for z in profile.zones],
        'languages': sorted(l.name for l in profile.languages),
        'logo': _logo(member.company),
        }


class PrintStart(ModelView):
    __name__ = 'coop.member.profile.print.start'
    language = fields.Selection([
            ('fr', "French"),
            ('en', "English"),
            ], "Language", required=True, sort=False)

    @classmethod
    def default_language(cls):
        return 'en' if Transaction().language == 'en' else 'fr'


class Print(Wizard):
    __name__ = 'coop.member.profile.print'
    start = StateView(
        'coop.member.profile.print.start',
        'coop_skill.profile_print_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Print", 'print_', 'tryton-print', default=True),
            ])
    print_ = StateReport('coop.member.profile.report')

    def do_print_(self, action):
        records = self.records
        if self.model.__name__ == 'coop.member.profile':
            records = [profile.member for profile in records]
        return action, {
            # whose rows have the ids of their members
            'model': 'coop.member.directory',
            'ids': [r.id for r in records],
            'language': self.start.language,
            }
