package io.thalweg.raft;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A member in a process of its own, for tests that kill or pause it: commands come on standard input, answers go to standard
 * output, one a line.
 *
 * <pre>
 * role      -> role LEADER
 * put V     -> put V ok | put V failed
 * get       -> get V | get failed      the newest value, by a marker in the log
 * peek      -> peek V                  the newest value that this member has applied
 * values    -> values V V V
 * load V    -> ack V, ack V+1, ...     values from V on, 64 in flight, for ever
 * </pre>
 */
final class MemberProcess {
    private MemberProcess() {}

    /** @param args directory, own number, then a port for each member; a sole one says that it is ready when it leads */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        int self = Integer.parseInt(args[1]);
        List<Member> members = new ArrayList<>();
        for (int i = 2; i < args.length; i++) {
            members.add(new Member("n" + (i - 2), "127.0.0.1", Integer.parseInt(args[i])));
        }
        boolean sole = members.size() == 1;
        RatisOptions options = RatisOptions.listening(members.get(self))
                .withElection(Duration.ofMillis(sole ? 50 : 1000), Duration.ofMillis(sole ? 100 : 2000));
        FileReplica replica = new FileReplica(directory.resolve("journal"));
        RatisConsensus consensus =
                RatisNode.open(options).open(new ShardGroup(0, members, directory.resolve("raft")), replica);
        if (sole) {
            consensus.leading().get(60, TimeUnit.SECONDS);
        }
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "role" -> say("role " + consensus.role());
                case "peek" ->
                    say("peek "
                            + (replica.values().isEmpty()
                                    ? -1
                                    : replica.values().getLast()));
                case "values" ->
                    say("values "
                            + replica.values().stream().map(String::valueOf).collect(Collectors.joining(" ")));
                case "put" ->
                    say("put " + words[1] + (ask(consensus, Long.parseLong(words[1])) < 0 ? " failed" : " ok"));
                case "get" -> {
                    long value = ask(consensus, FileReplica.MARKER);
                    say("get " + (value < 0 ? "failed" : value));
                }
                case "load" -> Thread.ofPlatform().start(() -> load(consensus, Long.parseLong(words[1])));
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.exit(0);
    }

    /** The newest value after the proposed one was applied; -1 when it failed. */
    private static long ask(RatisConsensus consensus, long value) {
        try {
            return consensus
                    .propose(FileReplica.entry(value, 64))
                    .get(10, TimeUnit.SECONDS)
                    .getLong(8);
        } catch (Exception e) {
            return -1;
        }
    }

    private static void load(RatisConsensus consensus, long from) {
        Semaphore inFlight = new Semaphore(64);
        for (long value = from; ; value++) {
            inFlight.acquireUninterruptibly();
            long each = value;
            var _ = consensus.propose(FileReplica.entry(value, 300)).whenComplete((reply, error) -> {
                inFlight.release();
                if (error == null) {
                    say("ack " + each + " .");
                }
            });
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
