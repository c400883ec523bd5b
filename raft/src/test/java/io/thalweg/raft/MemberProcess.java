package io.thalweg.raft;

import io.thalweg.model.request.Reply;
import io.thalweg.raft.peer.Member;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
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
 * values    -> values V V V
 * load V    -> ack V, ack V+1, ...     values from V on, 64 in flight, for ever
 * </pre>
 */
final class MemberProcess {
    private static final PrintStream ANSWERS = System.out;

    private MemberProcess() {}

    /** @param args directory, own number, then a port for each member; a sole one says that it is ready when it leads */
    public static void main(String[] args) throws Exception {
        System.setOut(System.err); // whatever libraries print is no answer
        Path directory = Path.of(args[0]);
        int self = Integer.parseInt(args[1]);
        List<Member> members = new ArrayList<>();
        for (int i = 2; i < args.length; i++) {
            members.add(new Member("n" + (i - 2), "127.0.0.1", Integer.parseInt(args[i])));
        }
        boolean sole = members.size() == 1;
        RatisOptions options = RatisOptions.listening(members.get(self))
                .withElection(Duration.ofMillis(sole ? 50 : 1000), Duration.ofMillis(sole ? 100 : 2000));
        Copy copy = new Copy(RatisNode.open(options), 0, members, directory);
        if (sole) {
            copy.consensus().leading().get(60, TimeUnit.SECONDS);
            copy.shard.submit(Copy.createStream()).get(60, TimeUnit.SECONDS);
        }
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "role" -> say("role " + copy.shard.role());
                case "values" ->
                    say("values " + copy.values().stream().map(String::valueOf).collect(Collectors.joining(" ")));
                case "put" -> say("put " + words[1] + (put(copy, Long.parseLong(words[1])) ? " ok" : " failed"));
                case "get" -> say("get " + get(copy));
                case "load" -> Thread.ofPlatform().start(() -> load(copy, Long.parseLong(words[1])));
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.exit(0);
    }

    private static boolean put(Copy copy, long value) {
        try {
            var _ = copy.shard.submit(Copy.createStream()).get(10, TimeUnit.SECONDS);
            return copy.put(value).get(10, TimeUnit.SECONDS) instanceof Reply.Done;
        } catch (Exception e) {
            return false;
        }
    }

    private static String get(Copy copy) {
        try {
            return Long.toString(
                    copy.shard.barrier().thenApply(_ -> copy.newest()).get(10, TimeUnit.SECONDS));
        } catch (Exception e) {
            return "failed";
        }
    }

    private static void load(Copy copy, long from) {
        Semaphore inFlight = new Semaphore(64);
        for (long value = from; ; value++) {
            inFlight.acquireUninterruptibly();
            long each = value;
            var _ = copy.shard.submit(Copy.append(value, 300)).whenComplete((reply, error) -> {
                inFlight.release();
                if (error == null && reply instanceof Reply.Done) {
                    say("ack " + each + " .");
                }
            });
        }
    }

    private static synchronized void say(String line) {
        ANSWERS.println(line);
        ANSWERS.flush();
    }
}
