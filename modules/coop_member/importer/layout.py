# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The columns of the files, their names in English and in French.

docs/import.md explains them one by one; a test keeps both together.
"""
import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    name: str
    type: str = 'text'
    required: bool = False
    aliases: tuple = ()


def normalize(text):
    "Return a name without accents, case, signs and doubled spaces"
    text = unicodedata.normalize('NFKD', str(text).replace('°', ' '))
    text = ''.join(c for c in text if not unicodedata.combining(c))
    return ' '.join(re.findall(r'[a-z0-9]+', text.lower()))


def column(name, type='text', aliases='', required=False):
    names = [name, *filter(None, aliases.split('|'))]
    return Column(name, type, required, tuple(map(normalize, names)))


SHEETS = {
    'members': {
        'members', 'member', 'membres', 'adherents', 'societaires',
        'cooperateurs', 'associes'},
    'movements': {
        'movements', 'movement', 'share movements', 'mouvements',
        'mouvements de parts', 'parts', 'register', 'registre'},
    }

MEMBERS = [
    column('number', required=True, aliases="member|member number|numéro"
        "|n°|no|n° adhérent|numéro d'adhérent|numéro de membre"
        "|n° de membre|n° sociétaire|numéro de sociétaire|matricule"),
    column('name', required=True, aliases="last name|nom|nom de famille"
        "|raison sociale|nom ou raison sociale|dénomination"),
    column('first_name', aliases="prénom|prénoms"),
    column('category', required=True, aliases="catégorie|college|collège"),
    column('admission_date', 'date', required=True,
        aliases="admission|admitted|date d'admission|date d'entrée"),
    column('application_date', 'date',
        aliases="application|date de demande|date de candidature"),
    column('activation_date', 'date',
        aliases="activation|date d'activation|membre actif depuis"),
    column('notice_date', 'date', aliases="notice|date de préavis"
        "|date d'annonce du départ"),
    column('departure_date', 'date', aliases="departure|left|exit date"
        "|date de départ|date de sortie"),
    column('departure_cause', 'cause', aliases="cause|exit reason"
        "|cause du départ|motif de sortie|motif de départ"),
    column('legal_person', 'boolean', aliases="company|personne morale"),
    column('representative', aliases="legal representative|représentant"
        "|représentant légal"),
    column('birth_date', 'date',
        aliases="born|date of birth|date de naissance|né le|née le|né(e) le"),
    column('professional_status', 'status',
        aliases="status|statut|statut professionnel"),
    column('shares_professional', 'boolean',
        aliases="parts professionnelles|parts à l'actif professionnel"),
    column('referrer', aliases="referred by|parrain|parrainé par"),
    column('party', aliases="party code|code tiers|code du tiers"),
    column('street', aliases="address|adresse|rue|voie"),
    column('postal_code', 'text', aliases="zip|zip code|code postal"),
    column('city', aliases="town|ville|commune|localité"),
    column('country', 'country', aliases="country code|pays|code pays"),
    column('email', 'email', aliases="mail|e-mail|courriel|adresse e-mail"
        "|adresse électronique"),
    column('phone', aliases="telephone|téléphone|tél|tel|téléphone fixe"),
    column('mobile', aliases="mobile phone|portable|téléphone mobile"
        "|téléphone portable"),
    column('language', aliases="lang|langue"),
    column('siren', 'siren', aliases="numéro siren|n° siren"),
    column('siret', 'siret', aliases="numéro siret|n° siret"),
    column('vat', 'vat', aliases="vat number|tva|numéro de tva|n° tva"
        "|tva intracommunautaire"),
    column('iban', 'iban', aliases="bank account|compte bancaire"),
    column('mandate', aliases="mandate reference|sepa mandate|rum|mandat"
        "|mandat sepa|référence du mandat|référence unique de mandat"),
    column('mandate_date', 'date', aliases="signature date"
        "|date du mandat|date de signature du mandat"),
    column('mandate_presented', 'date', aliases="last presented"
        "|last direct debit|dernière présentation|dernier prélèvement"
        "|date du dernier prélèvement"),
    ]

MOVEMENTS = [
    column('reference', aliases="external reference|id|ref|référence"
        "|référence externe|identifiant"),
    column('date', 'date', required=True,
        aliases="effective date|date d'effet|date du mouvement"),
    column('member', required=True, aliases="number|member number|membre"
        "|adhérent|sociétaire|associé|numéro|n° adhérent"
        "|numéro d'adhérent|numéro de membre|n° sociétaire"),
    column('kind', 'kind', required=True,
        aliases="event|movement|type|nature|opération|mouvement|évènement"
        "|événement|type de mouvement"),
    column('share_class', aliases="class|share type|catégorie de parts"
        "|classe|classe de parts|type de parts"),
    column('quantity', 'integer', aliases="shares|number of shares|quantité"
        "|parts|nombre de parts|nb parts|nb de parts"),
    column('nominal', 'decimal', aliases="nominal value|face value"
        "|valeur nominale"),
    column('amount', 'decimal', aliases="value|montant|valeur"),
    column('called', 'decimal', aliases="called amount|appelé"
        "|montant appelé"),
    column('paid_up', 'decimal', aliases="paid|paid-up|paid amount|libéré"
        "|montant libéré|montant versé|versé"),
    column('claim', 'decimal', aliases="owed|to repay|à rembourser"
        "|montant à rembourser"),
    column('fully_paid', 'boolean', aliases="entièrement libéré"
        "|entièrement libérée|libération totale|payé|payée"),
    column('counterpart', aliases="other member|to member|from member"
        "|contrepartie|autre membre|cessionnaire|bénéficiaire|cédant"),
    column('to_class', aliases="to share class|nouvelle classe"
        "|vers classe|vers la classe"),
    column('due_date', 'date', aliases="due|échéance|date d'échéance"),
    column('note', aliases="comment|remark|observation|observations"
        "|remarque|commentaire|libellé"),
    ]

BALANCE = [
    column('account', required=True, aliases="account code|code|compte"
        "|numéro de compte|n° compte|n° de compte|comptenum"),
    column('party', aliases="party code|tiers|code tiers|auxiliaire"
        "|compte auxiliaire|compauxnum"),
    column('member', aliases="number|member number|membre|adhérent"
        "|sociétaire|numéro|n° adhérent|n° sociétaire"),
    column('debit', 'decimal', required=True, aliases="débit|solde débiteur"
        "|solde débit"),
    column('credit', 'decimal', required=True,
        aliases="crédit|solde créditeur|solde crédit"),
    ]

COLUMNS = {
    'members': MEMBERS, 'movements': MOVEMENTS, 'balance': BALANCE}
# These columns must be there, their cells may be empty
OPTIONAL = {'admission_date', 'debit', 'credit'}

KINDS = {
    'opening': "opening balance|ouverture|solde d'ouverture|reprise",
    'subscription': "subscribed|souscription|apport",
    'call': "called|appel|appel de fonds",
    'payment': "paid|libération|versement|paiement",
    'transfer': (
        "transfer out|transfer_out|cession|cession sortante|transfert"),
    'transfer_in': (
        "transfer in|acquisition|cession entrante|cession reçue"
        "|transfert reçu"),
    'conversion': "converted",
    'cancellation': "cancelled|withdrawal|annulation|retrait",
    'exit': "departure|leaving|sortie|départ",
    'repayment': "refund|remboursement",
    'reduction': (
        "loss|reduction by losses|réduction|réduction par pertes"
        "|réduction du nominal"),
    }
CAUSES = {
    'resignation': "démission|retrait|retrait volontaire",
    'exclusion': "excluded|exclu|radiation",
    'death': "dead|décès",
    'dissolution': "liquidation|dissolution de la personne morale",
    'legal_form': "change of legal form|changement de forme juridique",
    'other': "autre",
    }
STATUSES = {
    'micro': (
        "micro-enterprise|micro-entreprise|auto-entrepreneur"
        "|micro-entrepreneur"),
    'sole_trader': "sole trader|ei|entreprise individuelle",
    'company': "société|personne morale",
    'employee': "salarié|salariée",
    'private': "private person|particulier",
    }


def _words(values):
    return {
        normalize(word): value for value, words in values.items()
        for word in [value, *words.split('|')]}


WORDS = {
    'kind': _words(KINDS),
    'cause': _words(CAUSES),
    'status': _words(STATUSES),
    'boolean': _words({
            True: "yes|y|true|1|x|oui|o|vrai",
            False: "no|n|false|0|non|faux",
            }),
    }


def match(columns, header):
    """Return (found, missing, unknown, twice) of a header.

    ``found`` holds the name of each cell's column or None, ``missing`` the
    required Columns that are not there, ``unknown`` the headers that are no
    column, ``twice`` those that name a column again.

    :param columns: the Columns of the table
    """
    names = {
        alias: column.name
        for column in columns for alias in column.aliases}
    found, unknown, twice = [], [], []
    for title in header:
        name = names.get(normalize(title))
        if name and name in found:
            twice.append(title)
            name = None
        elif not name and title:
            unknown.append(title)
        found.append(name)
    missing = [
        c for c in columns if c.required and c.name not in found]
    return found, missing, unknown, twice
