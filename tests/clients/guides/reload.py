"""docs/operations/reload-and-rotation.md, typed as it stands."""

from guide import Guide, free_ports, holds, run


def check():
    api, admin = free_ports(2)
    # The name of the file is the test's own too: the signal is for no other server on this machine.
    swaps = [(":8700", f":{api}"), (":8701", f":{admin}"), ("sharehold.toml", f"sharehold-{api}.toml")]
    guide = Guide("operations/reload-and-rotation.md", swaps=swaps)
    try:
        holds("the guide holds from its first line to its last", guide.follow())
        reloads = guide.background[0].text().count('"reloaded: ') if guide.background else 0
        holds("two reloads were taken, and said so", reloads == 2, reloads)
    finally:
        guide.close()


run(check)
