"The papers of the members for missions, some of them out of date."
from common import in_days, members, rows
from proteus import Model


def load():
    Document = Model.get('coop.member.document')
    people = members()
    kinds = {k.code: k for k in Model.get('coop.document.kind').find([])}
    verified, all_ = [], []
    for row in rows('papers'):
        issued = in_days(row['issued'])
        paper = Document(
            member=people[row['member']], kind=kinds[row['kind']],
            number=row['number'], issued_on=issued, received_on=issued,
            expires_on=in_days(row['expires']),
            activities=row['activities'] or None)
        all_.append(paper)
        if row['state'] == 'verified':
            verified.append(paper)
    Document.save(all_)
    Document.click(verified, 'verify')
