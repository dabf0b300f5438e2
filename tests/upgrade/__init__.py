"A database of before, and what an update must keep of it"
# Nobody is refused in the demonstration: what no update needs to keep
EMPTY = {'coop.member.application.attempt'}
