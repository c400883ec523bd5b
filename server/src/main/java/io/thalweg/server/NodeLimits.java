package io.thalweg.server;

/** What a node bounds by itself; what an operator chooses stands in {@link io.thalweg.server.config.NodeOptions}. */
final class NodeLimits {
    /** Blocks of the ledgers' files in memory while ledgers are repaired; taken as it fills. */
    static final long REPAIR_BLOCK_BYTES = 256L << 20;

    /** Threads that read the ledgers' files for queries, beside the query's own. */
    static final int LEDGER_READERS = 16;

    /** Sessions of the ledger's wire protocol in each ledger. */
    static final int LEDGER_SESSIONS_MAX = 10_000;

    /** What ledgers do beside applying: writing files, merging indexes. */
    static final int LEDGER_THREADS = 2;

    /** Memory for requests and replies at one ledger port, all connections together. */
    static final long LEDGER_PORT_BYTES = 256L << 20;

    private NodeLimits() {}
}
