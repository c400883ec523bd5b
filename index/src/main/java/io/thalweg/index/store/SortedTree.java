package io.thalweg.index.store;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map that never changes: each write gives a new one that shares all but a path with the old. So a snapshot is a pointer.
 *
 * <p>It is a treap: a search tree by key that is a heap by priority, where the priority is a hash of the key. Its shape depends on
 * its keys alone, and its depth is logarithmic unless somebody chooses the keys for it; it holds tests and simulations, not strangers'
 * data. See Seidel and Aragon, Randomized Search Trees (1996).
 */
final class SortedTree {
    static final SortedTree EMPTY = new SortedTree(null);

    private final @Nullable Node root;

    private record Node(
            byte[] key,
            byte[] value,
            int priority,
            @Nullable Node left,
            @Nullable Node right) {
        Node with(@Nullable Node newLeft, @Nullable Node newRight) {
            return new Node(key, value, priority, newLeft, newRight);
        }
    }

    private record Split(@Nullable Node below, @Nullable Node above) {}

    private SortedTree(@Nullable Node root) {
        this.root = root;
    }

    byte @Nullable [] get(byte[] key) {
        Node node = root;
        while (node != null) {
            int order = Arrays.compareUnsigned(key, node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    SortedTree put(byte[] key, byte[] value) {
        int hash = Arrays.hashCode(key) * 0x9e3779b9;
        Node node = new Node(key, value, hash ^ hash >>> 15, null, null);
        Split parts = split(root, key);
        return new SortedTree(join(join(parts.below, node), split(parts.above, after(key)).above));
    }

    SortedTree remove(byte[] key) {
        return get(key) == null ? this : removeRange(key, after(key));
    }

    SortedTree removeRange(byte[] from, byte[] to) {
        return new SortedTree(join(split(root, from).below, split(root, to).above));
    }

    /** The next key that there can be. */
    private static byte[] after(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** Keys before {@code at}, and from it on. */
    private static Split split(@Nullable Node node, byte[] at) {
        if (node == null) {
            return new Split(null, null);
        }
        if (Arrays.compareUnsigned(node.key, at) < 0) {
            Split right = split(node.right, at);
            return new Split(node.with(node.left, right.below), right.above);
        }
        Split left = split(node.left, at);
        return new Split(left.below, node.with(left.above, node.right));
    }

    private static @Nullable Node join(@Nullable Node below, @Nullable Node above) {
        if (below == null || above == null) {
            return below == null ? above : below;
        }
        return below.priority > above.priority
                ? below.with(below.left, join(below.right, above))
                : above.with(join(below, above.left), above.right);
    }

    Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        return new Walk(from, to, reverse);
    }

    /** In order with a stack of those nodes that come later on the way back up. */
    private final class Walk implements Cursor {
        private final byte[] from;
        private final byte[] to;
        private final boolean reverse;
        private final Deque<Node> later = new ArrayDeque<>();

        Walk(byte[] from, byte[] to, boolean reverse) {
            this.from = from;
            this.to = to;
            this.reverse = reverse;
            descend(root, reverse ? to : from, false);
        }

        /** Stacks what is at or after {@code bound} in the direction; backwards {@code bound} itself counts only if {@code inclusive}. */
        private void descend(@Nullable Node start, byte[] bound, boolean inclusive) {
            Node node = start;
            while (node != null) {
                int order = Arrays.compareUnsigned(node.key, bound);
                boolean within = reverse ? order < 0 || (inclusive && order == 0) : order >= 0;
                if (within) {
                    later.push(node);
                }
                node = within == reverse ? node.right : node.left;
            }
        }

        @Override
        public boolean valid() {
            Node node = later.peek();
            return node != null
                    && (reverse
                            ? Arrays.compareUnsigned(node.key, from) >= 0
                            : Arrays.compareUnsigned(node.key, to) < 0);
        }

        @Override
        public byte[] key() {
            return later.element().key;
        }

        @Override
        public byte[] value() {
            return later.element().value;
        }

        @Override
        public void next() {
            Node node = later.pop();
            Node child = reverse ? node.left : node.right;
            while (child != null) {
                later.push(child);
                child = reverse ? child.right : child.left;
            }
        }

        @Override
        public void seek(byte[] key) {
            if (!valid()) {
                return;
            }
            int order = Arrays.compareUnsigned(later.element().key, key);
            if (reverse ? order > 0 : order < 0) {
                later.clear();
                descend(root, key, true);
            }
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
