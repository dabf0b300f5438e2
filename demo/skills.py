"What the members can do, where, when and who has confirmed it."
import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pycountry
from common import create_user, in_days, levels, members, rows, skill, use
from proteus import Model

DAYS = {
    'mo': 'monday', 'tu': 'tuesday', 'we': 'wednesday', 'th': 'thursday',
    'fr': 'friday', 'sa': 'saturday', 'su': 'sunday'}
PROVEN_ON = dt.date(2025, 2, 1)


def load(company, office):
    """Load the profiles with what belongs to them.

    Papers are confirmed by the office and sign-offs by the masters; who is
    public agrees to it with a login of the member.
    """
    people = members()
    profiles = create_profiles(people)
    users = create_logins(company, people)
    # The term gives their logins what masters see
    create_masters(people)
    confirm_proofs(office, users)
    publish(profiles, users)
    use(office)


def create_profiles(people):
    "Return {number of the member: profile}"
    Country = Model.get('country.country')
    Profile = Model.get('coop.member.profile')
    country, = Country.find([('code', '=', 'FR')])
    subdivisions = create_subdivisions(country)
    langs = {
        lang.code: lang.id for lang in Model.get('ir.lang').find([])}
    absences, skills = by_member('absences'), by_member('skills')
    numbers = levels()
    result = {}
    for row in rows('profiles'):
        number = row['member']
        profile = result[number] = Profile(member=people[number])
        profile.trade = row['trade']
        profile.presentation = row['presentation']
        profile.hours_month = dt.timedelta(hours=int(row['hours_month']))
        for code in row['languages'].split(','):
            profile.languages.append(Model.get('ir.lang')(langs[code]))
        set_week(profile, row['week'].split())
        for name in row['zones'].split(','):
            add_zone(profile, name, country, subdivisions)
        for absence in absences[number]:
            add_absence(profile, absence)
        for line in skills[number]:
            add_skill(profile, line, numbers)
    Profile.save(list(result.values()))
    return result


def by_member(name):
    result = defaultdict(list)
    for row in rows(name):
        result[row['member']].append(row)
    return result


def create_subdivisions(country):
    "Return {ISO code without FR-: region or department of France}"
    Subdivision = Model.get('country.subdivision')
    # Regions first, then what is in them, and the departments at last
    by_rank = defaultdict(list)
    for iso in pycountry.subdivisions.get(country_code='FR'):
        rank = bool(iso.parent_code), iso.type.endswith('department')
        by_rank[rank].append(iso)
    result = {}
    for _, found in sorted(by_rank.items()):
        some = {}
        for iso in found:
            some[iso.code[3:]] = subdivision = Subdivision(
                country=country, name=iso.name, code=iso.code)
            if iso.parent_code:
                subdivision.parent = result[iso.parent_code[3:]]
        Subdivision.save(list(some.values()))
        result.update(some)
    return result


def set_week(profile, half_days):
    """Say when a member works.

    :param half_days: a day is mo, or mo-am and mo-pm
    """
    for short, day in DAYS.items():
        for half in ['am', 'pm']:
            setattr(profile, f'{day}_{half}',
                short in half_days or f'{short}-{half}' in half_days)


def add_zone(profile, name, country, subdivisions):
    """Say where a member works.

    :param name: remote, FR, 50km for around home, or the code of a
        department or of a region
    """
    if name == 'remote':
        profile.zones.new(kind='remote')
    elif name in subdivisions:
        profile.zones.new(
            kind='subdivision', subdivision=subdivisions[name])
    elif name == 'FR':
        profile.zones.new(kind='country', country=country)
    else:
        profile.zones.new(
            kind='radius', radius=int(name.removesuffix('km')))


def add_absence(profile, row):
    "The start is in days from today"
    start = in_days(row['start'])
    profile.absences.new(
        start_date=start, reason=row['reason'],
        end_date=start + dt.timedelta(days=int(row['days']) - 1))


def add_skill(profile, row, numbers):
    record = profile.skills.new(
        skill=skill(row['skill']), declared=numbers[row['declared']])
    if row['rate']:
        record.rates.new(amount=Decimal(row['rate']), unit=row['unit'])
    if row['proof']:
        record.proofs.new(
            kind=row['proof'], level=numbers[row['proven']],
            title=row['title'] or None, body=row['body'] or None,
            number=row['number'] or None,
            missions=int(row['missions']) if row['missions'] else None,
            date=PROVEN_ON, expires_on=in_days(row['expires']))


def create_masters(people):
    "Two masters of a domain, as the general meeting named them"
    decision = Model.get('coop.decision')(
        number="AG 2025-3", date=dt.date(2025, 6, 20),
        body='general_meeting', title="Nomination des maîtres de domaine")
    decision.save()
    Master = Model.get('coop.skill.master')
    Master.save([
            Master(
                member=people[row['member']], decision=decision,
                domain=skill(row['domain']), start_date=dt.date(2025, 7, 1),
                end_date=dt.date(2028, 6, 30))
            for row in rows('masters')])


def create_logins(company, people):
    """Return {number: user} of the members who have to act themselves.

    Those without a login have one without a password: the demonstration
    acts for them, and nobody can log in.
    """
    Member, User = Model.get('coop.member'), Model.get('res.user')
    acting = {
        row['member'] for row in rows('profiles') if row['public'] == 'oui'}
    acting |= {row['member'] for row in rows('masters')}
    result, changed = {}, []
    for number in sorted(acting, key=int):
        member = people[number]
        if member.users:
            result[number] = member.users[0]
            continue
        result[number] = create_user(
            company, f'societaire{number}', member.party.name)
        member.users.append(User(result[number].id))
        changed.append(member)
    Member.save(changed)
    return result


def confirm_proofs(office, users):
    "The office confirms papers, a master of computing signs the rest"
    Proof = Model.get('coop.skill.proof')
    left = {
        (row['member'], skill(row['skill']).id)
        for row in rows('skills') if row['confirmed'] == 'non'}
    use(office)
    proofs = [
        proof for proof in Proof.find([('state', '=', 'entered')])
        if key(proof.member_skill) not in left]
    for user, signs in [(office, False), (users['5'], True)]:
        use(user)
        Proof.click([
                Proof(proof.id) for proof in proofs
                if (proof.kind == 'sign_off') == signs], 'confirm')


def key(member_skill):
    return member_skill.profile.member.number, member_skill.skill.id


def publish(profiles, users):
    "Each agrees for himself"
    Profile = Model.get('coop.member.profile')
    for row in rows('profiles'):
        if row['public'] == 'oui':
            use(users[row['member']])
            Profile(profiles[row['member']].id).click('publish')
