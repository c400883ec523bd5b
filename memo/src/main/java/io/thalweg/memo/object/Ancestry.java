package io.thalweg.memo.object;

import io.thalweg.memo.Head;
import io.thalweg.memo.MemoId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who followed whom among the memos of one object, answered in constant time.
 *
 * <p>The memos are dealt into chains, in each of which every memo follows the one before it (not necessarily directly). A memo knows for each
 * chain how much of it lies below itself, its <em>reach</em>; then a is below b when b's reach in a's chain goes beyond a. A memo
 * goes into a chain whose newest memo it follows, that of a precursor first, and into a new one when there is none, so that there
 * are about as many chains as there ever were concurrent writers. A memo with one precursor, going on in its chain, shares its
 * precursor's array, so that what costs is merging and not editing.
 *
 * <p>Memos are added after those that they follow. Not thread-safe.
 */
public final class Ancestry {
    /** Concurrent branches of one object. More are refused: someone floods. */
    public static final int CHAINS_MAX = Head.MEMOS_MAX;

    private record Node(int chain, int position, int[] reach) {}

    private static final int[] NONE = {};

    private final Map<MemoId, Node> nodes = new HashMap<>(2);

    /** Memos in each chain. */
    private int[] lengths = {0};

    private int chains;

    /** Adds a memo whose precursors are all known; one that is known already changes nothing. */
    public void add(MemoId memo, List<MemoId> precursors) {
        if (nodes.containsKey(memo)) {
            return;
        }
        int[] reach = reach(memo, precursors);
        int chain = chain(reach, precursors);
        int position = lengths[chain]++;
        nodes.put(memo, new Node(chain, position, reach));
    }

    /**
     * How much of each chain lies below a memo. What lies below in the memo's own chain says its position; so one that goes on in the chain of
     * its only precursor has that one's very array.
     */
    private int[] reach(MemoId memo, List<MemoId> precursors) {
        if (precursors.size() == 1) {
            Node node = known(memo, precursors.getFirst());
            if (lengths[node.chain] == node.position + 1) {
                return node.reach;
            }
        }
        int[] reach = NONE;
        for (MemoId precursor : precursors) {
            Node node = known(memo, precursor);
            int length = Math.max(node.chain + 1, node.reach.length);
            reach = length > reach.length ? Arrays.copyOf(reach, length) : reach;
            for (int chain = 0; chain < node.reach.length; chain++) {
                reach[chain] = Math.max(reach[chain], node.reach[chain]);
            }
            reach[node.chain] = Math.max(reach[node.chain], node.position + 1);
        }
        return reach;
    }

    private Node known(MemoId memo, MemoId precursor) {
        Node node = nodes.get(precursor);
        if (node == null) {
            throw new IllegalArgumentException(
                    memo.brief() + " follows " + precursor.brief() + ", which was not added before it");
        }
        return node;
    }

    /** A chain that ends below this reach; a new one if there is none. */
    private int chain(int[] reach, List<MemoId> precursors) {
        for (MemoId precursor : precursors) {
            Node node = nodes.get(precursor);
            if (node != null && lengths[node.chain] == node.position + 1) {
                return node.chain;
            }
        }
        for (int chain = 0; chain < Math.min(reach.length, chains); chain++) {
            if (reach[chain] == lengths[chain]) {
                return chain;
            }
        }
        if (chains == CHAINS_MAX) {
            throw new IllegalStateException("an object has more than " + CHAINS_MAX + " concurrent branches");
        }
        if (chains == lengths.length) {
            lengths = Arrays.copyOf(lengths, 2 * chains);
        }
        return chains++;
    }

    public boolean contains(MemoId memo) {
        return nodes.containsKey(memo);
    }

    /** Whether {@code ancestor} lies below {@code memo}; both are known. */
    public boolean isBelow(MemoId ancestor, MemoId memo) {
        Node low = node(ancestor);
        Node high = node(memo);
        if (low.chain == high.chain) {
            return low.position < high.position;
        }
        return low.chain < high.reach.length && high.reach[low.chain] > low.position;
    }

    private Node node(MemoId memo) {
        Node node = nodes.get(memo);
        if (node == null) {
            throw new IllegalArgumentException(memo.brief() + " is not known here");
        }
        return node;
    }

    public int size() {
        return nodes.size();
    }
}
