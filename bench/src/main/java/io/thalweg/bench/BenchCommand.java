package io.thalweg.bench;

import picocli.CommandLine.Command;

/** {@code thalweg bench}: one subcommand a benchmark. The command line adds it to its own. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures this build, beside peers where there are any. Prints a table and writes JSON.",
        subcommands = {
            AppendsBench.class,
            FollowersBench.class,
            ClusterBench.class,
            LedgerBench.class,
            ViewsBench.class,
            JavaViewsBench.class,
            TpccBench.class,
            SocialBench.class,
            FailoverBench.class,
            RestartBench.class,
            ShardsBench.class,
            GrowBench.class,
            KillBench.class,
            SteadyBench.class,
            MemosBench.class
        })
public final class BenchCommand {}
