package io.thalweg.view.schedule;

/**
 * Where a loop of the host would swallow an {@link Error}: it goes to the thread's handler of uncaught exceptions, which in a node ends
 * the process. What the code of a view throws is that view's affair and does not come here.
 */
public final class Fatal {
    private Fatal() {}

    public static void tell(Error error) {
        Thread current = Thread.currentThread();
        current.getUncaughtExceptionHandler().uncaughtException(current, error);
    }
}
