package io.thalweg.cli.local;

import tools.jackson.databind.node.ObjectNode;

/** What a local cluster is made of: processes that serve HTTP. */
sealed interface Child permits NodeChild, SlabChild {
    ChildProcess process();

    /** Where it takes requests. */
    String http();

    /** As the ready line has it. */
    void describe(ObjectNode shown);
}
