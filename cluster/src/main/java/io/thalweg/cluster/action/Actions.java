package io.thalweg.cluster.action;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The actions of one node. An invocation is on disk before it is acknowledged; one is done at a time, in the order in which they were
 * taken; what was running when the process ended goes on with the next. What is finished can be asked for until it is old or there
 * are too many. Thread-safe; {@link #step} is called by one thread.
 */
public final class Actions {
    /** Most actions that wait. */
    public static final int QUEUE_MAX = 100;

    /** Finished ones that are remembered, the newest. */
    public static final int FINISHED_MAX = 200;

    /** How long a finished one is remembered. */
    public static final Duration REMEMBERED = Duration.ofDays(14);

    /** Steps of one action that are remembered: the first and the newest. */
    static final int HISTORY_MAX = 32;

    /** What an action may carry: its arguments, metadata, headers and requester, in UTF-8. */
    public static final int CARRIED_BYTES_MAX = 16 << 10;

    /** Most characters of an error that are kept. */
    private static final int ERROR_CHARS_MAX = 1 << 10;

    private final ActionFile file;
    private final Clock clock;
    private final Map<String, Handler> handlers;

    /** Reads the arguments that an action carries. */
    private final Function<String, Arguments> reader;

    /** In the order in which they were taken. Guarded by this. */
    private final Map<UUID, Action> actions = new LinkedHashMap<>();

    private long newestNs;

    /** Which action came no further, and since when by the steady clock of this process. Of the thread that steps. */
    private Stalled stalled = new Stalled(new UUID(0, 0), "", 0);

    private record Stalled(UUID id, String payload, long sinceNs) {}

    private Actions(ActionFile file, Clock clock, Map<String, Handler> handlers, Function<String, Arguments> reader) {
        this.file = file;
        this.clock = clock;
        this.handlers = Map.copyOf(handlers);
        this.reader = reader;
    }

    /**
     * Opens them as they were left.
     *
     * @param place the file; its folder is made when it is missing
     * @param handlers by kind
     * @param reader of arguments; {@link IllegalArgumentException} for what is none
     */
    public static Actions open(
            Disk disk, Path place, Clock clock, Map<String, Handler> handlers, Function<String, Arguments> reader)
            throws IOException {
        Path folder = place.toAbsolutePath().getParent();
        if (folder != null) {
            disk.createDirectories(folder);
        }
        Actions opened = new Actions(new ActionFile(disk, place), clock, handlers, reader);
        synchronized (opened) {
            for (Action action : opened.file.read()) {
                opened.actions.put(action.id(), action);
                opened.newestNs = Math.max(opened.newestNs, action.state().atNs());
            }
        }
        return opened;
    }

    /**
     * What somebody wants done.
     *
     * @param id chosen by the caller, so that asking twice does it once
     * @param createdNs when the caller made it, ns since 1970
     */
    public record Invocation(
            UUID id,
            String kind,
            String args,
            Map<String, String> metadata,
            Map<String, String> headers,
            String requester,
            long createdNs) {}

    /**
     * Takes an invocation: it is durable when this returns.
     *
     * @throws ThalwegException {@code INVALID_REQUEST} for an unknown kind or arguments that make no sense, {@code TOO_LARGE} for
     *     one that carries more than {@link #CARRIED_BYTES_MAX}, {@code ALREADY_EXISTS} for a known id, {@code OVERLOADED} when too many wait
     */
    public synchronized void schedule(Invocation wanted) {
        if (actions.containsKey(wanted.id())) {
            throw new ThalwegException(ErrorCode.ALREADY_EXISTS, "there is an action " + wanted.id() + " already");
        }
        Handler handler = handlers.get(wanted.kind());
        if (handler == null) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "there is no kind of action '" + wanted.kind() + "'; there are "
                            + handlers.keySet().stream().sorted().toList());
        }
        long carried = carriedBytes(wanted);
        if (carried > CARRIED_BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the action carries " + carried + " bytes of arguments, metadata and headers, of at most "
                            + CARRIED_BYTES_MAX);
        }
        try {
            handler.check(reader.apply(wanted.args()));
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, wanted.kind() + ": " + e.getMessage(), e);
        }
        if (queue().size() >= QUEUE_MAX) {
            throw new ThalwegException(ErrorCode.OVERLOADED, QUEUE_MAX + " actions wait: try again later");
        }
        long now = nowNs();
        put(new Action(
                wanted.id(),
                wanted.kind(),
                wanted.args(),
                wanted.metadata(),
                wanted.headers(),
                wanted.requester(),
                wanted.createdNs(),
                now,
                List.of(new Action.Change(now, Action.Phase.NEW, "", ""))));
    }

    private static long carriedBytes(Invocation wanted) {
        return Stream.of(
                        Stream.of(wanted.args(), wanted.requester()), texts(wanted.metadata()), texts(wanted.headers()))
                .flatMap(Function.identity())
                .mapToLong(text -> Integer.BYTES + text.getBytes(StandardCharsets.UTF_8).length)
                .sum();
    }

    private static Stream<String> texts(Map<String, String> values) {
        return values.entrySet().stream().flatMap(each -> Stream.of(each.getKey(), each.getValue()));
    }

    /** An action by its id. */
    public synchronized Optional<Action> find(UUID id) {
        return Optional.ofNullable(actions.get(id));
    }

    /** Those that run or wait, oldest first. */
    public synchronized List<Action> queue() {
        return actions.values().stream()
                .filter(action -> !action.phase().isFinal())
                .toList();
    }

    /** Those that are over, newest first. */
    public synchronized List<Action> finished() {
        return actions.values().stream()
                .filter(action -> action.phase().isFinal())
                .sorted(Comparator.comparingLong(
                                (Action action) -> action.state().atNs())
                        .reversed())
                .toList();
    }

    /** Does one step of the action that is first in turn; false when there is nothing to do. */
    public boolean step() throws InterruptedException {
        Optional<Action> next = next();
        if (next.isEmpty()) {
            return false;
        }
        Action action = next.get();
        if (action.phase() == Action.Phase.NEW) {
            action = change(action, Action.Phase.RUNNING, "", "");
        }
        Handler handler = handlers.get(action.kind());
        Handler.Outcome outcome;
        try {
            outcome = handler == null
                    ? new Handler.Outcome.Failed("this program knows no actions of kind " + action.kind())
                    : handler.step(reader.apply(action.args()), action.state().payload());
        } catch (RuntimeException e) {
            outcome = new Handler.Outcome.Failed(String.valueOf(e.getMessage()));
        }
        switch (outcome) {
            case Handler.Outcome.Again(String payload) -> {
                if (!payload.equals(action.state().payload())) {
                    change(action, Action.Phase.RUNNING, "", payload);
                }
                if (handler != null && isStalled(action.id(), payload, handler.patience())) {
                    String why = "it came no further for " + handler.patience().toMinutes() + " minutes";
                    change(action, Action.Phase.FAILED, why, payload);
                }
            }
            case Handler.Outcome.Done(String payload) -> change(action, Action.Phase.DONE, "", payload);
            case Handler.Outcome.Failed(String why) ->
                change(action, Action.Phase.FAILED, why, action.state().payload());
        }
        return true;
    }

    private boolean isStalled(UUID id, String payload, Duration patience) {
        long nowNs = clock.monotonicNs();
        if (!stalled.id.equals(id) || !stalled.payload.equals(payload)) {
            stalled = new Stalled(id, payload, nowNs);
        }
        return nowNs - stalled.sinceNs > patience.toNanos();
    }

    private synchronized Optional<Action> next() {
        List<Action> waiting = queue();
        return waiting.stream()
                .filter(action -> action.phase() == Action.Phase.RUNNING)
                .findFirst()
                .or(() -> waiting.stream().findFirst());
    }

    private synchronized Action change(Action action, Action.Phase phase, String error, String payload) {
        String kept = error.length() <= ERROR_CHARS_MAX ? error : error.substring(0, ERROR_CHARS_MAX) + "…";
        Action changed = action.after(new Action.Change(nowNs(), phase, kept, payload));
        put(changed);
        return changed;
    }

    /** The time, later than any before, so that what came first is told from what came next. */
    private long nowNs() {
        newestNs = Math.max(newestNs + 1, clock.wallNs());
        return newestNs;
    }

    /** Writes before it remembers, so that nobody is told what a crash would take back. */
    private synchronized void put(Action action) {
        Map<UUID, Action> next = new LinkedHashMap<>(actions);
        next.put(action.id(), action);
        List<Action> finished = new ArrayList<>(next.values().stream()
                .filter(each -> each.phase().isFinal())
                .sorted(Comparator.comparingLong(each -> each.state().atNs()))
                .toList());
        long oldestNs = clock.wallNs() - REMEMBERED.toNanos();
        while (!finished.isEmpty()
                && (finished.size() > FINISHED_MAX
                        || finished.getFirst().state().atNs() < oldestNs)) {
            next.remove(finished.removeFirst().id());
        }
        try {
            file.write(next.values());
        } catch (IOException e) {
            throw new UncheckedIOException("the action " + action.id() + " cannot be written down", e);
        }
        actions.clear();
        actions.putAll(next);
    }
}
