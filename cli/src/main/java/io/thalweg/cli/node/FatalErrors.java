package io.thalweg.cli.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a node's process when an {@link Error} has come through to the top of any of its threads. After one nothing can be trusted, and a
 * loop that stood still would leave a node that is up and deaf; a supervisor sees an end and starts the next. The launcher
 * has the JVM do the same when it is out of memory, before anybody can catch that.
 */
final class FatalErrors {
    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);

    /** The JVM's own when it is out of memory, so that both look the same. */
    static final int EXIT_CODE = 3;

    private FatalErrors() {}

    /** Does so from now on, for all threads of this process. */
    static void endTheProcess() {
        Thread.setDefaultUncaughtExceptionHandler(FatalErrors::uncaught);
    }

    private static void uncaught(Thread thread, Throwable thrown) {
        try {
            LOG.error("thread {} has ended", thread.getName(), thrown);
        } finally {
            if (thrown instanceof Error) {
                // No orderly end: what would be stopped may be what is broken, and everything acknowledged is on disk.
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        }
    }
}
