package io.thalweg.index.tree;

/** How a node tells the collection that it stands in. */
interface Link {
    /** Nothing holds the root, and nothing counts it. */
    Link ROOT = new Link() {
        @Override
        public boolean counts() {
            return false;
        }

        @Override
        public void ensure() {
            // The root needs nobody.
        }

        @Override
        public void changed(int by) {
            // Nobody counts it.
        }
    };

    /** Whether the holder must hear of each node that appears or goes. Otherwise nodes are written without looking. */
    boolean counts();

    /** Makes the holder exist, and what holds it. */
    void ensure();

    /** A node appeared (1) or went (-1); the holder exists afterwards if one appeared. */
    void changed(int by);
}
