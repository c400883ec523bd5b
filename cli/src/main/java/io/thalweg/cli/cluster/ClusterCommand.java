package io.thalweg.cli.cluster;

import picocli.CommandLine.Command;

/** What there is to do with a cluster. */
@Command(
        name = "cluster",
        description = "Look at a cluster and steer it; for whoever has the operator's key.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ClusterStatus.class,
            ClusterNodeList.class,
            ClusterShards.class,
            ClusterTransfer.class,
            ClusterMove.class,
            ClusterDrain.class,
            ClusterRebalance.class,
            ClusterReplace.class,
            ClusterMakePlan.class,
            ClusterRun.class,
            ClusterAdd.class,
            ClusterRemove.class,
            ClusterKeep.class,
            ClusterHold.class,
            ClusterCertificates.class,
            ClusterRecover.class,
            ClusterToken.class,
            ClusterJoin.class
        })
public final class ClusterCommand {}
