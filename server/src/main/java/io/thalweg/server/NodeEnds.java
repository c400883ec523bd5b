package io.thalweg.server;

/**
 * How a node ends by itself, on a thread of its own, since whoever decides it is one of its duties.
 *
 * @param close what closes the node
 * @param again notes that it is to be started again
 */
record NodeEnds(Runnable close, Runnable again) implements Replicas.Ends {
    @Override
    public void removed() {
        Thread.ofPlatform().name("removed").start(close);
    }

    @Override
    public void beginAgain() {
        again.run();
        Thread.ofPlatform().name("again").start(close);
    }
}
