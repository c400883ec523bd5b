package io.thalweg.server.javaviews.live;

import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.memory.NodeMemory;

/**
 * Memory for what is made of paths and queries that are followed, while it is objects: what is kept of it is its JSON, which takes a tenth of that. Of it a tenant has
 * half at most. Thread-safe.
 */
final class MadeObjects {
    /** What is made takes so many times the bytes of its JSON. */
    private static final int TIMES = 10;

    /** Of each tenant there is room for the largest and for what it was before. */
    private static final long BYTES_MIN = 2L * 2 * TIMES * LiveSelect.BYTES_MAX;

    private final NodeMemory memory;

    /** @param bytes of all tenants together, if that is enough for the largest */
    MadeObjects(long bytes) {
        memory = new NodeMemory(Math.max(bytes, BYTES_MIN));
    }

    /** What one that is made takes; to be closed when it is made. */
    final class Share implements AutoCloseable {
        private final NodeMemory.Share its;

        private Share(TenantId tenant) {
            its = memory.share(tenant);
        }

        /**
         * Takes what something takes whose JSON is as long as that.
         *
         * @throws ThalwegException {@code OVERLOADED} when it is not there in a second
         */
        void take(long jsonBytes) {
            its.take(TIMES * jsonBytes);
        }

        @Override
        public void close() {
            its.close();
        }
    }

    /** Of one that has nothing yet. */
    Share share(TenantId tenant) {
        return new Share(tenant);
    }

    /** Of one that takes what it is expected to take; waited for however long that takes, which who has nothing may. */
    Share expecting(TenantId tenant, long jsonBytes) throws InterruptedException {
        Share share = new Share(tenant);
        while (!share.its.tryTake(TIMES * jsonBytes)) {
            if (Thread.interrupted()) {
                throw new InterruptedException("nobody waits for it any more");
            }
        }
        return share;
    }
}
