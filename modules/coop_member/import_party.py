# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The parties of imported members, with all that belongs to them"
from trytond.pool import Pool
from trytond.tools import grouped_slice

from .iban import find_bank

# SQLite's parser does not bear the check of more IBANs in one query
FEW = 50


class Parties:
    "The parties of a slice of members, created in batches"

    def __init__(self, company, values):
        self.company = company
        self.values = values
        self.parties = {}
        self.representatives = {}

    def party(self, value):
        return self.parties[value['number']]

    def representative(self, value):
        party = self.representatives.get(value['number'])
        return party.id if party else None

    def create(self):
        "Create what the values name"
        Party = Pool().get('party.party')
        given = {v['party']: v['number'] for v in self.values if v['party']}
        if given:
            for party in Party.search([('code', 'in', list(given))]):
                self.parties[given[party.code]] = party
        new = [v for v in self.values if v['number'] not in self.parties]
        self._create_parties(new)
        self._create_representatives()
        self._create_identifiers()
        self._create_accounts()

    def _codes(self, count):
        "Return new codes of parties, taken from the sequence at once"
        Party = Pool().get('party.party')
        sequence = Party._code_sequence()
        if not sequence or not count:
            return [None] * count
        return list(sequence.get_many(count))

    def _create_parties(self, values):
        pool = Pool()
        Party = pool.get('party.party')
        Country = pool.get('country.country')
        Lang = pool.get('ir.lang')
        countries = {
            c.code: c.id for c in Country.search([
                    ('code', 'in', list({
                                v['country'] for v in values
                                if v['country']}))])}
        langs = {
            l.code: l.id for l in Lang.search([
                    ('code', 'in', list({
                                v['language'] for v in values
                                if v['language']}))])}
        to_create = []
        for value, code in zip(values, self._codes(len(values))):
            party = {
                'name': value['full_name'],
                'addresses': [
                    ('create', self._addresses(value, countries))],
                'contact_mechanisms': [
                    ('create', self._mechanisms(value))],
                }
            if code:
                party['code'] = code
            if value['language']:
                party['lang'] = langs[value['language']]
            to_create.append(party)
        for value, party in zip(values, Party.create(to_create)):
            self.parties[value['number']] = party

    def _addresses(self, value, countries):
        address = {
            # not the function field, whose setter writes one by one
            'street_unstructured': value['street'],
            'postal_code': value['postal_code'],
            'city': value['city'],
            'country': countries.get(value['country']),
            }
        # An establishment and a mandate need an address, even an empty one
        if any(address.values()) or value['siret'] or value['mandate']:
            return [address]
        return []

    def _mechanisms(self, value):
        return [
            {'type': type_, 'value': value[type_]}
            for type_ in ['email', 'phone', 'mobile'] if value[type_]]

    def _create_representatives(self):
        Party = Pool().get('party.party')
        values = [
            v for v in self.values
            if v['representative'] and v['legal_person']]
        to_create = []
        for value, code in zip(values, self._codes(len(values))):
            party = {'name': value['representative']}
            if code:
                party['code'] = code
            to_create.append(party)
        for value, party in zip(values, Party.create(to_create)):
            self.representatives[value['number']] = party

    def _create_identifiers(self):
        Identifier = Pool().get('party.identifier')
        to_create = []
        for value in self.values:
            if value['party']:
                continue
            party = self.party(value)
            for column, type_ in [
                    ('siren', 'fr_siren'), ('siret', 'fr_siret'),
                    ('vat', 'eu_vat')]:
                if value[column]:
                    to_create.append({
                            'party': party.id,
                            'type': type_,
                            'code': value[column],
                            'address': (party.addresses[0].id
                                if column == 'siret' else None),
                            })
        Identifier.create(to_create)

    def _create_accounts(self):
        "Create the bank accounts, one for all the members that share it"
        pool = Pool()
        Account = pool.get('bank.account')
        Number = pool.get('bank.account.number')
        Owner = pool.get('bank.account-party.party')
        owners = {}
        for value in self.values:
            if value['iban']:
                owners.setdefault(value['iban'], []).append(
                    self.party(value).id)
        if not owners:
            return
        # shared with a member of an earlier slice
        numbers = {
            n.number_compact: n for n in Number.search([
                    ('type', '=', 'iban'),
                    ('number_compact', 'in', list(owners)),
                    ])}
        links = []
        for iban, number in numbers.items():
            account = number.account
            links += [(account, owner) for owner in owners[iban]]
        new = [iban for iban in owners if iban not in numbers]
        banks = self._banks(new)
        accounts = []
        for ibans in grouped_slice(new, FEW):
            accounts += Account.create([{
                        'bank': banks.get(iban),
                        'numbers': [('create', [{
                                        'type': 'iban', 'number': iban}])],
                        } for iban in ibans])
        links += [
            (account, owner) for iban, account in zip(new, accounts)
            for owner in owners[iban]]
        Owner.create([{
                    'account': account.id, 'owner': owner}
                for account, owner in links])
        numbers |= {
            iban: account.numbers[0]
            for iban, account in zip(new, accounts)}
        self._create_mandates(numbers)

    def _banks(self, ibans):
        "Return {IBAN: bank id}, each bank looked for once"
        Bank = Pool().get('bank')
        bics = {iban: find_bank(iban)[0] for iban in ibans}
        banks = {
            bic: Bank.from_bic(bic).id
            for bic in sorted(set(filter(None, bics.values())))}
        return {iban: banks.get(bic) for iban, bic in bics.items()}

    def _create_mandates(self, numbers):
        "Create the mandates, valid as they were signed elsewhere"
        pool = Pool()
        values = [v for v in self.values if v['mandate']]
        if not values:
            return
        Mandate = pool.get('account.payment.sepa.mandate')
        Mandate.create([{
                    'company': self.company.id,
                    'party': self.party(value).id,
                    'address': self.party(value).addresses[0].id,
                    'account_number': numbers[value['iban']].id,
                    'identification': value['mandate'],
                    'signature_date': value['mandate_date'],
                    'presented_before': value['mandate_presented'],
                    'type': 'recurrent',
                    'scheme': 'CORE',
                    'state': 'validated',
                    } for value in values])
