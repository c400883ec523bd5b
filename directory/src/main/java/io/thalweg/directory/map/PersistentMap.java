package io.thalweg.directory.map;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map: {@link #with} and {@link #without} return a new map and leave this one as it was, at the cost of
 * one path of the tree, O(log n). The directory's state is made of these, so that publishing it to readers is one write, and
 * a snapshot of it is in sorted order by nature. It is an AVL tree: the heights of two siblings differ by at most one.
 *
 * <p>Any thread may read. Keys order by {@link Comparable}, which must agree with equals.
 */
public final class PersistentMap<K extends Comparable<? super K>, V> {
    private static final PersistentMap<?, ?> EMPTY = new PersistentMap<String, String>(null);

    private record Node<K, V>(
            K key,
            V value,
            @Nullable Node<K, V> left,
            @Nullable Node<K, V> right,
            int height,
            int size) {}

    private final @Nullable Node<K, V> root;

    private PersistentMap(@Nullable Node<K, V> root) {
        this.root = root;
    }

    @SuppressWarnings("unchecked") // an empty map has neither keys nor values
    public static <K extends Comparable<? super K>, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) EMPTY;
    }

    public int size() {
        return size(root);
    }

    public boolean isEmpty() {
        return root == null;
    }

    public @Nullable V get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int order = key.compareTo(node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    public boolean contains(K key) {
        return get(key) != null;
    }

    /** This map with {@code key} standing for {@code value}, whatever it stood for before. */
    public PersistentMap<K, V> with(K key, V value) {
        return new PersistentMap<>(put(root, key, value));
    }

    /** This map without {@code key}; this very map when it is not in it. */
    public PersistentMap<K, V> without(K key) {
        return contains(key) ? new PersistentMap<>(remove(root, key)) : this;
    }

    /** Visits all entries in the order of their keys. */
    public void forEach(BiConsumer<? super K, ? super V> visitor) {
        visit(root, visitor);
    }

    /** All keys, in order; a list of its own. */
    public List<K> keys() {
        List<K> keys = new ArrayList<>(size());
        forEach((key, _) -> keys.add(key));
        return keys;
    }

    /** All values, in the order of their keys; a list of its own. */
    public List<V> values() {
        List<V> values = new ArrayList<>(size());
        forEach((_, value) -> values.add(value));
        return values;
    }

    private static <K, V> void visit(@Nullable Node<K, V> node, BiConsumer<? super K, ? super V> visitor) {
        if (node != null) {
            visit(node.left, visitor);
            visitor.accept(node.key, node.value);
            visit(node.right, visitor);
        }
    }

    private static <K extends Comparable<? super K>, V> Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return node(key, value, null, null);
        }
        int order = key.compareTo(node.key);
        if (order == 0) {
            return new Node<>(node.key, value, node.left, node.right, node.height, node.size);
        }
        return order < 0
                ? balanced(node.key, node.value, put(node.left, key, value), node.right)
                : balanced(node.key, node.value, node.left, put(node.right, key, value));
    }

    private static <K extends Comparable<? super K>, V> @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int order = key.compareTo(node.key);
        if (order < 0) {
            return balanced(node.key, node.value, remove(node.left, key), node.right);
        }
        if (order > 0) {
            return balanced(node.key, node.value, node.left, remove(node.right, key));
        }
        if (node.right == null) {
            return node.left;
        }
        Node<K, V> successor = node.right;
        while (successor.left != null) {
            successor = successor.left;
        }
        return balanced(successor.key, successor.value, node.left, remove(node.right, successor.key));
    }

    /** A node over two balanced trees whose heights differ by at most two, rotated so that they differ by at most one. */
    private static <K, V> Node<K, V> balanced(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        if (left != null && left.height > height(right) + 1) {
            Node<K, V> inner = left.right;
            if (inner == null || height(left.left) >= inner.height) {
                return node(left.key, left.value, left.left, node(key, value, inner, right));
            }
            return node(
                    inner.key,
                    inner.value,
                    node(left.key, left.value, left.left, inner.left),
                    node(key, value, inner.right, right));
        }
        if (right != null && right.height > height(left) + 1) {
            Node<K, V> inner = right.left;
            if (inner == null || height(right.right) >= inner.height) {
                return node(right.key, right.value, node(key, value, left, inner), right.right);
            }
            return node(
                    inner.key,
                    inner.value,
                    node(key, value, left, inner.left),
                    node(right.key, right.value, inner.right, right.right));
        }
        return node(key, value, left, right);
    }

    private static <K, V> Node<K, V> node(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        return new Node<>(
                key, value, left, right, Math.max(height(left), height(right)) + 1, size(left) + size(right) + 1);
    }

    private static int height(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.height;
    }

    private static int size(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.size;
    }

    /** Levels of the tree; tests check that it stays logarithmic. */
    int height() {
        return height(root);
    }
}
