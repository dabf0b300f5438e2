"What clients and members say of each other, complain of and come back for."
import datetime as dt
from decimal import Decimal

from common import again, rows, use
from proteus import Model

# Those who heard what clients said of being written to
CONSENTS = [
    ("Copropriété du Vieux Temple", 'yes', "Au téléphone"),
    ("Librairie Les Canuts", 'yes', "Formulaire du site"),
    ("Office de tourisme des Bauges", 'no', "Par courriel"),
    ]


def stories(teller):
    for row in rows('evaluations'):
        yield evaluation(teller, row)
    yield forgotten_evaluations(teller)
    yield settled_dispute(teller)
    yield mediated_dispute(teller)
    yield silent_clients(teller)


def evaluation(teller, row):
    "Given after the mission, replied to, and published or refused"
    Evaluation = Model.get('coop.evaluation')
    mission = yield from teller.mission(
        row['demand'], 'accepted', 'invoiced', 'client_paid', 'paid_out')
    yield
    use(teller.office)
    record, = Evaluation.find([
            ('mission', '=', mission.id), ('author', '=', row['author']),
            ], limit=1)
    member = record.member
    if row['author'] == 'member':
        teller.act_for(member)
    record = again(record)
    for name in ['quality', 'delay', 'communication']:
        setattr(record, name, int(row[name]))
    record.text = row['text']
    record.click('give')
    if row['reply']:
        yield
        if row['author'] == 'client':
            teller.act_for(member)
        else:
            use(teller.office)
        record = again(record)
        record.reply = row['reply']
        record.click('answer')
    end, _, reason = row['end'].partition(':')
    if end:
        # A reply may come in the days of the configuration
        yield
        yield
        decide(teller, record, reason)


def decide(teller, record, reason):
    "A master of the domain decides, or the board where there is none"
    master = free_master(teller, record)
    if master:
        teller.act_for(master)
    else:
        use(teller.board)
    record = again(record)
    if reason:
        record.reason = reason
    record.click('refuse' if reason else 'publish')


def free_master(teller, record):
    "Return a master of its domain who took no part in the mission, or None"
    use(teller.admin)
    record = again(record)
    taking = {r.member.id for r in record.mission.members}
    masters = record.domain and Model.get('coop.skill.master').find([
            ('domain', '=', record.domain.id),
            ('start_date', '<=', teller.date),
            ])
    return next(
        (m.member for m in masters or [] if m.member.id not in taking), None)


def forgotten_evaluations(teller):
    "What nobody gave in time"
    while True:
        for _ in range(4):
            yield
        teller.night('coop.evaluation|expire_all')


def complain(teller, mission, subject, claim):
    "Return the dispute that the office opens for the client"
    use(teller.office)
    dispute = Model.get('coop.dispute')(
        mission=mission, opened_by='client', subject=subject, claim=claim)
    dispute.click('open')
    return dispute


def answer(teller, dispute, text):
    mission = dispute.mission
    teller.act_for(mission.members[0].member)
    dispute = again(dispute)
    dispute.answer_text = text
    dispute.click('answer')
    use(teller.office)
    return again(dispute)


def settled_dispute(teller):
    "A credit note, of which the member bears a part"
    mission = yield from teller.mission('D053', 'invoiced')
    dispute = complain(
        teller, mission, "Sauvegarde non vérifiée",
        "La restauration d'essai prévue au devis n'a pas été faite.")
    yield
    dispute = answer(
        teller, dispute,
        "Le disque de rechange est arrivé trop tard pour l'essai.")
    yield
    use(teller.office)
    dispute = again(dispute)
    dispute.outcome = 'credit'
    dispute.settlement = (
        "L'essai est déduit ; le sociétaire en supporte la moitié.")
    dispute.credit_amount, dispute.member_amount = Decimal(200), Decimal(100)
    dispute.click('settle')
    dispute.click('execute')


def mediated_dispute(teller):
    "Neither gives in: three peers are drawn by lot, one has an opinion"
    mission = yield from teller.mission('D093', 'accepted', 'invoiced')
    dispute = complain(
        teller, mission, "Logo jugé trop proche d'un autre",
        "Un confrère a un logo presque semblable ; nous demandons une "
        "autre proposition sans supplément.")
    yield
    dispute = answer(
        teller, dispute,
        "La recherche d'antériorité a été remise et validée avant la "
        "charte.")
    dispute.click('mediate')
    yield
    use(teller.office)
    peer = again(dispute).panelists[0]
    teller.act_for(peer.member)
    peer = again(peer)
    peer.opinion = (
        "La recherche d'antériorité était sérieuse ; une variante de "
        "couleur suffirait.")
    peer.save()


def silent_clients(teller):
    "Who has been silent is called; one comes back, one is left alone"
    Contact = Model.get('coop.client.contact')
    yield from teller.until(-20)
    use(teller.office)
    Consent = Model.get('coop.client.consent')
    Consent.save([
            Consent(
                client=client(name), agrees=agrees, source=source,
                date=teller.date - dt.timedelta(days=7))
            for name, agrees, source in CONSENTS])
    for week in [-12, -6, -1]:
        yield from teller.until(week)
        teller.night('coop.client.contact|follow_up_all')
        if week == -1:
            # These are still to do
            return
        yield
        use(teller.office)
        for rank, contact in enumerate(Contact.find([
                        ('state', '=', 'to_do')], order=[('id', 'ASC')])):
            contact.note = (
                "Rien pour l'instant, à rappeler au printemps." if rank % 2
                else "Content de la dernière mission ; pense à nous.")
            contact.click('cancel' if rank % 4 == 3 else 'do')


def client(name):
    found, = Model.get('party.party').find([('name', '=', name)])
    return found
