package io.thalweg.cli.local.recorded;

import io.thalweg.testkit.history.LedgerModel;
import io.thalweg.testkit.history.LogHistory;
import io.thalweg.testkit.history.NameHistory;
import io.thalweg.testkit.history.RetryHistory;
import io.thalweg.testkit.history.SerialHistory;
import io.thalweg.testkit.history.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Clients of each kind at one cluster, and their histories: appenders and bookers, who repeat what was not answered elsewhere until it is; a producer in a session of the
 * Java client; linearizable readers; readers who follow a log from node to node by position; those who make logs and delete them; and who writes for views and asks them. One
 * thread may call.
 */
public final class RecordedClients {
    private final Run run;
    private final List<WatchedExample.Deployed> examples;
    private final LogHistory events = new LogHistory();
    private final RetryHistory retries = new RetryHistory();
    private final SerialHistory<LedgerModel.Transfer, LedgerModel.Answer> bookings = new SerialHistory<>();
    private final NameHistory names = new NameHistory();
    private final CountedWords words;
    private final Listener listener;
    private final FreshReader reader;
    private final Booker booker;
    private final Namer namer;
    private final List<Client> clients = new ArrayList<>();

    /**
     * @param nodes URLs of all nodes
     * @param apiKey of a tenant with a ledger {@code default}
     * @param log id of the log that is written and read
     * @param lines id of the log whose words the view {@code words} counts
     * @param examples other views, which are appended for and recounted
     */
    public RecordedClients(
            List<String> nodes,
            String apiKey,
            String log,
            String lines,
            List<WatchedExample.Deployed> examples,
            long seed) {
        this.run = new Run(nodes, apiKey, seed);
        this.examples = List.copyOf(examples);
        words = new CountedWords(lines);
        listener = new Listener(run, words);
        reader = new FreshReader(run, 0, log, events);
        booker = new Booker(run, 0, bookings);
        namer = new Namer(run, 0, names);
        for (int i = 0; i < 3; i++) {
            clients.add(new Appender(run, i, log, events, retries));
        }
        clients.addAll(List.of(booker, new Booker(run, 1, bookings)));
        clients.addAll(List.of(reader, new FreshReader(run, 1, log, events)));
        clients.addAll(List.of(new Follower(run, 0, log, events), new Follower(run, 1, log, events)));
        clients.addAll(List.of(namer, new Namer(run, 1, names)));
        clients.add(new Producer(run, log, events));
        clients.addAll(List.of(new Speaker(run, words), listener));
        examples.forEach(each -> clients.add(new ExampleWriter(run, each)));
    }

    /** Makes the accounts, and starts everybody. */
    public void start() throws InterruptedException {
        booker.makeAccounts();
        clients.forEach(Client::start);
    }

    /** How much each has done that others wait for; throws what one of them met that is no fault of nodes. */
    public Map<String, Long> done() {
        Map<String, Long> done = new TreeMap<>();
        for (Client client : clients) {
            long its = client.progress();
            if (client.isHasty()) {
                done.put(client.name, its);
            }
        }
        return done;
    }

    /** Ends all clients; waits for what they have under way. */
    public void stop() throws InterruptedException {
        run.stop();
        for (Client client : clients) {
            client.end();
        }
        done();
    }

    /** Everything that the clients were told and that cannot be, given what there is in the end. */
    public List<Violation> check() throws InterruptedException {
        List<Violation> violations = new ArrayList<>(events.check(reader.inTheEnd()));
        violations.addAll(retries.check());
        violations.addAll(bookings.check(new LedgerModel(_ -> false)));
        if (namer.progress() == 0) {
            throw new AssertionError("nobody was told anything of a name while there were faults");
        }
        violations.addAll(names.check(namer.inTheEnd()));
        return violations;
    }

    /** Has each view be what comes of its logs. */
    public void requireRecounted() throws InterruptedException {
        if (listener.progress() == 0) {
            throw new AssertionError("the view never answered while there were faults");
        }
        words.requireCounted(reader::insist);
        for (WatchedExample.Deployed each : examples) {
            each.example().requireRecounted(each, reader::insist);
        }
    }

    @Override
    public String toString() {
        return events.acknowledged() + " appends acknowledged and " + events.unknown() + " open, " + events.reads()
                + " reads, " + retries.answers() + " answers, " + names.answers() + " about names, "
                + words.lines() + " lines said; by client: " + done();
    }
}
