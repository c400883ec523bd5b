package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Gives a shard's lead to another node. */
@Command(name = "transfer", description = "Have another node lead a shard.", mixinStandardHelpOptions = true)
final class ClusterTransfer implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "SHARD", description = "The shard's number.")
    private int shard;

    @Parameters(index = "1", paramLabel = "NODE", description = "Who shall lead it.")
    private String node = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            var done = api.post(
                    "/operator/cluster/transfer",
                    Api.JSON.createObjectNode().put("shard", shard).put("node", node));
            output.say(node + " leads shard " + shard, done);
            return 0;
        }
    }
}
