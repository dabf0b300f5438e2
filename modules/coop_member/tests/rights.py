# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a member may reach, against which test_access holds all there is"

# What a member reads whole: the client's and what is the same for all
SHARED = {
    'bank', 'coop.consent.document', 'coop.document.kind',
    'coop.member.category', 'coop.member.category-coop.document.kind',
    'coop.share.class', 'coop.share.class-coop.member.category',
    'coop.share.nominal', 'coop.share.reduction', 'coop.share.valuation',
    'coop.share.valuation.reserve', 'country.country', 'country.subdivision',
    'currency.currency', 'currency.currency.rate', 'ir.action',
    'ir.action.act_window', 'ir.action.act_window.domain',
    'ir.action.act_window.view', 'ir.action.keyword', 'ir.action.report',
    'ir.action.url', 'ir.action.wizard', 'ir.email.template', 'ir.export',
    'ir.export.line', 'ir.lang', 'ir.message', 'ir.model', 'ir.model.access',
    'ir.model.button', 'ir.model.button.click', 'ir.model.button.rule',
    'ir.model.field', 'ir.model.field.access', 'ir.translation', 'ir.ui.icon',
    'ir.ui.view', 'ir.ui.view_tree_optional', 'ir.ui.view_tree_width',
    'party.address.format', 'party.address.subdivision_type',
    }
# What a member reads of his own, and whose it is
OWN = {
    'bank.account': lambda r: r.owners,
    'bank.account.number': lambda r: r.account.owners,
    'coop.member': lambda r: [r.party],
    'coop.share.allocation': lambda r: [r.line.party],
    'coop.share.transfer': lambda r: [r.transferor.party, r.transferee.party],
    **dict.fromkeys([
            'coop.contribution', 'coop.iban.change', 'coop.member-res.user',
            'coop.member.consent', 'coop.member.dispense',
            'coop.member.document', 'coop.member.event',
            'coop.member.exclusion', 'coop.member.letter',
            'coop.share.conversion', 'coop.share.holding',
            'coop.share.late_loss', 'coop.share.movement',
            'coop.share.repayment', 'coop.share.retention',
            'coop.share.subscription', 'coop.share.withdrawal'],
        lambda r: [r.member.party]),
    **dict.fromkeys([
            'party.address', 'party.contact_mechanism', 'party.identifier'],
        lambda r: [r.party]),
    'party.party': lambda r: [r],
    }
# What belongs to the user or to his company, none of which another one has
OTHER = {
    'company.company', 'company.company.tax_identifier', 'ir.attachment',
    'ir.note', 'ir.ui.menu', 'res.notification', 'res.user.application',
    }
# Relations that lead to what he may not read, and by which he may search: of
# the cooperative and of banks there is nothing to find out
PUBLIC = {
    ('bank', 'party'), ('company.company', 'party'),
    ('ir.action.keyword', 'action')}
WRITE = {
    'coop.iban.change', 'coop.share.subscription', 'party.address',
    'party.contact_mechanism', 'ir.ui.view_tree_optional',
    'ir.ui.view_tree_width', 'res.user.application'}
CREATE = WRITE - {'res.user.application'} | {
    'coop.member.consent', 'coop.member.document', 'ir.session.wizard'}
DELETE = {
    'coop.share.subscription', 'ir.session.wizard', 'ir.ui.view_tree_optional',
    'ir.ui.view_tree_width', 'res.user.application'}
# What a member may run about himself
OWN_WIZARDS = {'coop.member.simulate'}
# Methods that the client may call without any check of access. Each one was
# read: it is about the user himself, or checks what it is asked for.
UNCHECKED = {
    ('ir.chat.channel', name) for name in [
        'get', 'get_followers', 'post', 'search_followers', 'subscribe',
        'subscribe_email', 'unsubscribe', 'unsubscribe_email']} | {
    ('ir.email', 'complete'),
    *(('ir.export', name) for name in ['get', 'set', 'unset', 'update']),
    *(('ir.ui.menu.favorite', name) for name in ['get', 'set', 'unset']),
    *(('ir.ui.view_search', name) for name in ['get', 'set', 'unset']),
    *(('ir.ui.view_tree_state', name) for name in ['get', 'set']),
    ('res.notification', 'mark_read'),
    *(('res.user', name) for name in [
            'get_preferences', 'get_preferences_fields_view',
            'set_preferences']),
    ('res.user.device', 'renew'),
    ('res.user.warning', 'skip'),
    }
