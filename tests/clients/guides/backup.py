"""docs/operations/backup.md, typed as it stands."""

from guide import Guide, free_ports, holds, run


def check():
    api, admin = free_ports(2)
    guide = Guide("operations/backup.md", swaps=[(":8700", f":{api}"), (":8701", f":{admin}")])
    try:
        holds("the guide holds from its first line to its last", guide.follow())
    finally:
        guide.close()


run(check)
