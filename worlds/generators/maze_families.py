"""What do random mazes look like? Each family carves its ground, and draws cells for the goal and the starts.

Arguments that the families share: `ground` uint8[side, side] is filled, and so is `spots` int64[1 + agents],
the cells of the goal and the starts; `scratch` int64[2 * side * side + 4] is working space, `key` a stream.
"""

from worlds.compiler.compile import rule
from worlds.objects import FLOOR, MAX_SIDE, WALL
from worlds.rules.chance import below, draw


@rule
def scatter(ground, spots, key, first):
    """Draw free cells, all different, for the spots from `first` on."""
    side = ground.shape[0]
    number = 0
    for i in range(first, spots.shape[0]):
        taken = True
        while taken:
            cell = below(draw(key, 1, number), side) << 8 | below(draw(key, 1, number + 1), side)
            number += 2
            taken = ground[cell >> 8, cell & 255] == WALL
            for j in range(i):
                taken |= spots[j] == cell
        spots[i] = cell


@rule
def fill(ground, byte):
    """Make all cells alike."""
    for row in range(ground.shape[0]):
        for col in range(ground.shape[1]):
            ground[row, col] = byte


@rule
def draw_blocks(ground, spots, key, draws):
    """Goal and starts anywhere, then walls anywhere else: a cell that is drawn twice is one wall."""
    side = ground.shape[0]
    fill(ground, FLOOR)
    scatter(ground, spots, key, 0)
    for i in range(draws):
        cell = below(draw(key, 3, 2 * i), side) << 8 | below(draw(key, 3, 2 * i + 1), side)
        is_spot = False
        for j in range(spots.shape[0]):
            is_spot |= spots[j] == cell
        if not is_spot:
            ground[cell >> 8, cell & 255] = WALL


@rule
def root_of(parent, node):
    """The representative of the tree that a node belongs to."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@rule
def draw_perfect(ground, spots, scratch, key):
    """Open the walls between even cells in a random order, unless the two sides are connected already."""
    nodes = (ground.shape[0] + 1) // 2
    parent = scratch[: nodes * nodes]
    edges = scratch[nodes * nodes :]
    fill(ground, WALL)
    n_edges = 0
    for i in range(nodes * nodes):
        parent[i] = i
        ground[2 * (i // nodes), 2 * (i % nodes)] = FLOOR
        if i % nodes < nodes - 1:
            edges[n_edges] = 2 * i
            n_edges += 1
        if i // nodes < nodes - 1:
            edges[n_edges] = 2 * i + 1
            n_edges += 1
    shuffle(edges, n_edges, key, 3)
    for e in range(n_edges):
        here, down = edges[e] // 2, edges[e] % 2
        there = here + nodes if down else here + 1
        root, other = root_of(parent, here), root_of(parent, there)
        if root != other:
            parent[root] = other
            ground[here // nodes + there // nodes, here % nodes + there % nodes] = FLOOR
    for i in range(4):
        parent[i] = i
    shuffle(parent, 4, key, 4)
    far = 2 * (nodes - 1)
    corners = min(4, spots.shape[0])
    for i in range(corners):
        spots[i] = (parent[i] // 2) * far << 8 | (parent[i] % 2) * far
    scatter(ground, spots, key, corners)


@rule
def shuffle(values, n, key, step):
    """Put the first n values in a random order (Fisher and Yates)."""
    for i in range(n - 1, 0, -1):
        j = below(draw(key, step, i), i + 1)
        values[i], values[j] = values[j], values[i]


@rule
def draw_rooms(ground, key):
    """A cross of walls in the middle, with a door in each arm."""
    side = ground.shape[0]
    middle = side // 2
    fill(ground, FLOOR)
    for i in range(side):
        ground[middle, i] = WALL
        ground[i, middle] = WALL
    for arm in range(4):
        low = 0 if arm < 2 else middle + 1
        high = middle if arm < 2 else side
        door = low + below(draw(key, 3, arm), high - low)
        if arm % 2 == 0:
            ground[middle, door] = FLOOR
        else:
            ground[door, middle] = FLOOR


@rule
def draw_crossing(ground, scratch, key, rivers):
    """Rivers on odd rows and columns, and gaps along a random way from corner to corner.

    A river is a number: column 2k + 1 is river k, row 2k + 1 is river `each` + k.
    """
    side = ground.shape[0]
    each = (side - 1) // 2
    rivers = min(rivers, 2 * each)
    chosen, order = scratch[: 2 * each], scratch[2 * each :]
    fill(ground, FLOOR)
    for i in range(2 * each):
        chosen[i] = i
    shuffle(chosen, 2 * each, key, 3)
    for i in range(rivers):
        order[i] = chosen[i] >= each  # the way crosses columns (0) and rows (1) in this order
        line = 2 * (chosen[i] % each) + 1
        for k in range(side):
            if chosen[i] < each:
                ground[k, line] = WALL
            else:
                ground[line, k] = WALL
    shuffle(order, rivers, key, 4)
    row = 0
    col = 0
    for i in range(rivers):
        is_row = order[i] == 1
        river = next_river(chosen, rivers, each, is_row, row if is_row else col)
        along = col if is_row else row
        end = min(next_river(chosen, rivers, each, not is_row, along), side)
        gap = along + below(draw(key, 5, i), end - along)
        if is_row:
            ground[river, gap] = FLOOR
            row = river + 1
        else:
            ground[gap, river] = FLOOR
            col = river + 1


@rule
def next_river(chosen, rivers, each, is_row, after):
    """The first row or column from `after` on that a river takes, or a number beyond the edge."""
    nearest = MAX_SIDE + 1
    for i in range(rivers):
        if (chosen[i] >= each) == is_row:
            line = 2 * (chosen[i] % each) + 1
            if line >= after:
                nearest = min(nearest, line)
    return nearest


@rule
def is_connected(ground, spots, scratch):
    """Can every start be reached from the goal?"""
    side = ground.shape[0]
    queue, seen = scratch[: side * side], scratch[side * side : 2 * side * side]
    for i in range(side * side):
        seen[i] = 0
    queue[0] = (spots[0] >> 8) * side + (spots[0] & 255)
    seen[queue[0]] = 1
    head = 0
    tail = 1
    while head < tail:
        row, col = queue[head] // side, queue[head] % side
        head += 1
        for d in range(4):
            r = row + (d == 2) - (d == 0)
            c = col + (d == 1) - (d == 3)
            if r >= 0 and r < side and c >= 0 and c < side:
                if ground[r, c] != WALL and seen[r * side + c] == 0:
                    seen[r * side + c] = 1
                    queue[tail] = r * side + c
                    tail += 1
    for i in range(1, spots.shape[0]):
        if seen[(spots[i] >> 8) * side + (spots[i] & 255)] == 0:
            return False
    return True
