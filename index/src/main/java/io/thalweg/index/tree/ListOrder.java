package io.thalweg.index.tree;

import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.List;

/**
 * The order of a stored list: which element, by its id, stands at which index. Elements keep their ids, and so their cells, wherever
 * they move to.
 *
 * <p>Ids count up for what is put at the end or in the middle and down for what is put at the start. So neighbours mostly have
 * neighbouring ids, and the order is a sequence of <em>runs</em> of consecutive ids: a list that only grows at its ends, however long, is
 * one run. The runs stand in the leaves of a counted B-tree, whose inner entries say how many elements lie below each child. Finding,
 * inserting and removing read and write one node a level, O(log n) of them in the number of runs; a node has at most 64 entries, and
 * small neighbours are joined.
 *
 * <pre>
 * meta  = size low high root next                    varints; low and high zigzag: the next id down plus 1, and the next up;
 *                                                    root 0: the list is empty; next: number of the next node
 * node  = 0 count (first length)* | 1 count (node elements)*     a leaf of runs, or an inner node; at prefix 02 number
 * </pre>
 *
 * <p>It is a piece table under an index: see Crowley, Data Structures for Text Sequences (1998).
 */
final class ListOrder {
    private static final int MAX_ENTRIES = 64;
    private static final int FEW = MAX_ENTRIES / 4;

    private final Cells cells;
    private final byte[] prefix;
    private final byte[] meta;
    private final Link link;
    private boolean exists;
    private long size;
    private long low;
    private long high;
    private long root;
    private long next = 1;

    /** Runs as first id and length, or children as node and number of elements. */
    private record Node(boolean leaf, List<long[]> entries) {
        long count() {
            long count = 0;
            for (long[] entry : entries) {
                count += entry[1];
            }
            return count;
        }
    }

    interface Visitor {
        boolean at(long index, long id);
    }

    ListOrder(Cells cells, byte[] prefix, Link link) {
        this.cells = cells;
        this.prefix = prefix;
        this.meta = Cells.join(prefix, Cells.META);
        this.link = link;
        byte[] cell = cells.get(meta);
        if (cell != null) {
            ValueReader reader = new ValueReader(cell);
            exists = true;
            size = reader.count();
            low = reader.integer();
            high = reader.integer();
            root = reader.count();
            next = reader.count();
            reader.end();
        }
    }

    private void save() {
        if (!exists) {
            exists = true;
            if (link.counts()) {
                link.changed(1);
            } else {
                link.ensure();
            }
        }
        cells.put(
                meta,
                new ValueWriter()
                        .count(size)
                        .integer(low)
                        .integer(high)
                        .count(root)
                        .count(next)
                        .toByteArray());
    }

    long size() {
        return size;
    }

    /** Forgets all elements; their cells and the nodes are gone already. */
    void clear() {
        size = 0;
        low = 0;
        high = 0;
        root = 0;
        next = 1;
        save();
    }

    private byte[] keyOf(long node) {
        return new KeyWriter().raw(prefix).raw(Cells.NODE).integer(node).toByteArray();
    }

    private Node load(long node) {
        byte[] cell = cells.get(keyOf(node));
        if (cell == null) {
            throw new MalformedException("node " + node + " of a list's order is missing");
        }
        ValueReader reader = new ValueReader(cell);
        int kind = reader.raw();
        int count = reader.size();
        if (kind > 1 || count > MAX_ENTRIES) {
            throw new MalformedException(
                    "node " + node + " of a list's order has kind " + kind + ", " + count + " entries");
        }
        List<long[]> entries = new ArrayList<>(count + 2);
        for (int i = 0; i < count; i++) {
            entries.add(new long[] {kind == 0 ? reader.integer() : reader.count(), reader.count()});
        }
        reader.end();
        return new Node(kind == 0, entries);
    }

    /** Writes a node, as two if it is too large, or removes it if it is empty; gives what its parent has to say. */
    private List<long[]> store(long number, Node node) {
        List<long[]> entries = node.entries;
        if (entries.isEmpty()) {
            cells.delete(keyOf(number));
            return List.of();
        }
        if (entries.size() <= MAX_ENTRIES) {
            write(number, node);
            return List.of(new long[] {number, node.count()});
        }
        int half = entries.size() / 2;
        Node left = new Node(node.leaf, new ArrayList<>(entries.subList(0, half)));
        Node right = new Node(node.leaf, new ArrayList<>(entries.subList(half, entries.size())));
        long second = next++;
        write(number, left);
        write(second, right);
        return List.of(new long[] {number, left.count()}, new long[] {second, right.count()});
    }

    private void write(long number, Node node) {
        ValueWriter writer = new ValueWriter().raw(node.leaf ? 0 : 1).count(node.entries.size());
        for (long[] entry : node.entries) {
            if (node.leaf) {
                writer.integer(entry[0]);
            } else {
                writer.count(entry[0]);
            }
            writer.count(entry[1]);
        }
        cells.put(keyOf(number), writer.toByteArray());
    }

    long idAt(long index) {
        long rest = index;
        long number = root;
        while (true) {
            Node node = load(number);
            int at = 0;
            while (at < node.entries.size() && rest >= node.entries.get(at)[1]) {
                rest -= node.entries.get(at++)[1];
            }
            if (at == node.entries.size()) {
                throw new MalformedException("order of a list of " + size + " has no element " + index);
            }
            if (node.leaf) {
                return node.entries.get(at)[0] + rest;
            }
            number = node.entries.get(at)[0];
        }
    }

    /** Makes room before {@code index} for a new element, and gives its id. */
    long insert(long index) {
        long id = index == 0 && size > 0 ? --low : high++;
        if (root == 0) {
            root = next++;
            write(root, new Node(true, List.of(new long[] {id, 1})));
        } else {
            grow(insert(root, index, id));
        }
        size++;
        save();
        return id;
    }

    private void grow(List<long[]> top) {
        if (top.size() == 1) {
            root = top.getFirst()[0];
        } else {
            root = next++;
            write(root, new Node(false, top));
        }
    }

    private List<long[]> insert(long number, long index, long id) {
        Node node = load(number);
        long rest = index;
        int at = 0;
        while (at < node.entries.size() - 1 && rest > node.entries.get(at)[1]) {
            rest -= node.entries.get(at++)[1];
        }
        if (node.leaf) {
            insertRun(node.entries, at, rest, id);
        } else {
            List<long[]> children = insert(node.entries.get(at)[0], rest, id);
            node.entries.remove(at);
            node.entries.addAll(at, children);
        }
        return store(number, node);
    }

    /** Puts an id into the run at {@code at}, {@code rest} behind its first. */
    private static void insertRun(List<long[]> runs, int at, long rest, long id) {
        long[] run = runs.get(at);
        if (rest == run[1]) {
            if (run[0] + run[1] == id) {
                run[1]++;
            } else if (at + 1 < runs.size() && runs.get(at + 1)[0] == id + 1) {
                runs.get(at + 1)[0]--;
                runs.get(at + 1)[1]++;
            } else {
                runs.add(at + 1, new long[] {id, 1});
            }
        } else if (rest == 0) {
            if (run[0] == id + 1) {
                run[0]--;
                run[1]++;
            } else {
                runs.add(at, new long[] {id, 1});
            }
        } else {
            runs.add(at + 1, new long[] {id, 1});
            runs.add(at + 2, new long[] {run[0] + rest, run[1] - rest});
            run[1] = rest;
        }
    }

    /** Removes the element at {@code index}, and gives its id. */
    long remove(long index) {
        long[] id = new long[1];
        List<long[]> top = remove(root, index, id);
        size--;
        if (top.isEmpty()) {
            root = 0;
        } else {
            grow(top);
            shrink();
        }
        save();
        return id[0];
    }

    /** An inner root with one child is that child. */
    private void shrink() {
        Node node = load(root);
        while (!node.leaf && node.entries.size() == 1) {
            cells.delete(keyOf(root));
            root = node.entries.getFirst()[0];
            node = load(root);
        }
    }

    private List<long[]> remove(long number, long index, long[] id) {
        Node node = load(number);
        long rest = index;
        int at = 0;
        while (rest >= node.entries.get(at)[1]) {
            rest -= node.entries.get(at++)[1];
        }
        long[] entry = node.entries.get(at);
        if (!node.leaf) {
            List<long[]> children = remove(entry[0], rest, id);
            node.entries.remove(at);
            node.entries.addAll(at, children);
            if (children.size() == 1) {
                joinSmall(node.entries, at);
            }
            return store(number, node);
        }
        id[0] = entry[0] + rest;
        if (rest == 0) {
            entry[0]++;
            entry[1]--;
        } else {
            long behind = entry[1] - rest - 1;
            entry[1] = rest;
            if (behind > 0) {
                node.entries.add(at + 1, new long[] {id[0] + 1, behind});
            }
        }
        if (entry[1] == 0) {
            node.entries.remove(at);
        }
        return store(number, node);
    }

    /** Joins a child that has few entries with a neighbour, if both together are not many. */
    private void joinSmall(List<long[]> children, int at) {
        Node child = load(children.get(at)[0]);
        if (child.entries.size() >= FEW || children.size() < 2) {
            return;
        }
        int left = at > 0 ? at - 1 : at;
        Node first = left == at ? child : load(children.get(left)[0]);
        Node second = left == at ? load(children.get(left + 1)[0]) : child;
        if (first.entries.size() + second.entries.size() > MAX_ENTRIES - FEW) {
            return;
        }
        first.entries.addAll(second.entries);
        cells.delete(keyOf(children.get(left + 1)[0]));
        write(children.get(left)[0], first);
        children.get(left)[1] = first.count();
        children.remove(left + 1);
    }

    /** Shows ids in order from index {@code from} to before {@code to}; false if the visitor ended it. */
    boolean each(long from, long to, Visitor visitor) {
        return from >= to || root == 0 || each(root, 0, from, to, visitor);
    }

    private boolean each(long number, long start, long from, long to, Visitor visitor) {
        Node node = load(number);
        long at = start;
        for (long[] entry : node.entries) {
            long end = at + entry[1];
            if (end > from && at < to) {
                if (!node.leaf) {
                    if (!each(entry[0], at, from, to, visitor)) {
                        return false;
                    }
                } else {
                    for (long index = Math.max(at, from); index < Math.min(end, to); index++) {
                        if (!visitor.at(index, entry[0] + index - at)) {
                            return false;
                        }
                    }
                }
            }
            at = end;
        }
        return true;
    }
}
