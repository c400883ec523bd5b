package io.thalweg.view.host;

import io.thalweg.log.EventBatch;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.ViewTrap;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A view whose events say what it does: {@code inc KEY} counts, {@code refuse KEY} counts and then returns an error, {@code trap KEY}
 * counts and then traps as often as {@link #traps} says, {@code loop} does not return until it is interrupted. Its state is a count of events,
 * a hash of all of them in order, and the counts by key; with an index the counts by key live there.
 *
 * <p>Queries: {@code state}, {@code trap}, {@code loop}.
 */
final class ScriptedProgram implements ViewProgram {
    private final boolean usesIndex;
    final Map<String, AtomicInteger> traps = new ConcurrentHashMap<>();
    final Set<String> accepted = ConcurrentHashMap.newKeySet();
    /** The next event is counted once more than it is, as if a bit had turned. */
    final AtomicBoolean turns = new AtomicBoolean();

    final AtomicInteger starts = new AtomicInteger();
    final AtomicInteger closes = new AtomicInteger();
    final AtomicInteger snapshotTraps = new AtomicInteger();
    volatile boolean restoreTraps;
    volatile boolean holdLoops;
    volatile boolean looping;

    ScriptedProgram(boolean usesIndex) {
        this.usesIndex = usesIndex;
    }

    /** The event at this key traps so many times, then behaves. */
    ScriptedProgram trapping(String key, int times) {
        traps.put(key, new AtomicInteger(times));
        return this;
    }

    /** What a query for the state answers when these events were processed, and those that the code refuses were not. */
    static String model(List<String> events, Set<Long> without) {
        State state = new State();
        for (int i = 0; i < events.size(); i++) {
            String event = events.get(i);
            if (!without.contains(i + 1L) && !event.startsWith("refuse")) {
                state.count++;
                state.hash = 31 * state.hash + event.hashCode();
                state.counts.merge(key(event), 1, Integer::sum);
            }
        }
        return state.text(state.counts);
    }

    private static String key(String event) {
        return event.substring(event.indexOf(' ') + 1);
    }

    private static final class State {
        private long count;
        private long hash;
        private final TreeMap<String, Integer> counts = new TreeMap<>();

        private String text(Map<String, Integer> byKey) {
            return count + " " + Long.toHexString(hash) + " " + byKey;
        }
    }

    @Override
    public boolean usesIndex() {
        return usesIndex;
    }

    @Override
    public String world() {
        return "test:scripted";
    }

    @Override
    public List<String> stubs() {
        return List.of();
    }

    @Override
    public ViewInstance start(ViewLimits limits, ViewIndex index, MemoryGrant memory) {
        starts.incrementAndGet();
        return new Instance(index);
    }

    @Override
    public void close() {
        closes.incrementAndGet();
    }

    private final class Instance implements ViewInstance {
        private final ViewIndex index;
        private State state = new State();
        private boolean dead;
        private volatile boolean interrupted;

        private Instance(ViewIndex index) {
            this.index = index;
        }

        @Override
        public void init() {}

        @Override
        public @Nullable String append(EventBatch event) {
            alive();
            byte[] bytes = new byte[event.payloadLength()];
            event.payload().get(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            String key = key(text);
            if (text.startsWith("loop")) {
                loop();
            }
            if (text.startsWith("refuse") && !accepted.contains(key)) {
                if (usesIndex) {
                    increment(key); // by contract a refusal leaves no trace; what is in the index the host takes back
                    index.delete("a".getBytes(StandardCharsets.UTF_8));
                }
                return "no " + key;
            }
            state.count++;
            state.hash = 31 * state.hash + text.hashCode();
            increment(key);
            if (turns.getAndSet(false)) {
                increment(key);
            }
            AtomicInteger left = traps.get(key);
            if (text.startsWith("trap") && left != null && left.getAndDecrement() > 0) {
                throw trap("unreachable executed");
            }
            return null;
        }

        private void increment(String key) {
            if (!usesIndex) {
                state.counts.merge(key, 1, Integer::sum);
                return;
            }
            byte[] name = key.getBytes(StandardCharsets.UTF_8);
            byte[] old = index.get(name);
            int count = old == null ? 0 : ByteBuffer.wrap(old).getInt();
            index.put(name, ByteBuffer.allocate(4).putInt(count + 1).array());
        }

        private void loop() {
            looping = true;
            while (holdLoops || !interrupted) {
                Thread.onSpinWait();
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            throw trap("interrupted");
        }

        private ViewTrap trap(String message) {
            dead = true;
            return new ViewTrap(message);
        }

        private void alive() {
            if (dead) {
                throw new AssertionError("a dead instance was called");
            }
        }

        @Override
        public ViewAnswer query(ViewQuery query) {
            alive();
            return switch (new String(query.input(), StandardCharsets.UTF_8)) {
                case "state" -> {
                    Map<String, Integer> counts = new TreeMap<>(state.counts);
                    if (usesIndex) {
                        for (ViewIndex.Item item : index.range(new byte[0], new byte[0], 1_000_000, false)) {
                            counts.put(
                                    new String(item.key(), StandardCharsets.UTF_8),
                                    ByteBuffer.wrap(item.value()).getInt());
                        }
                    }
                    yield ViewAnswer.untyped(state.text(counts).getBytes(StandardCharsets.UTF_8));
                }
                case "loop" -> {
                    loop();
                    yield new ViewAnswer.Refused("unreachable");
                }
                case "write" -> {
                    index.put(new byte[1], new byte[1]);
                    yield new ViewAnswer.Refused("unreachable");
                }
                default -> throw trap("asked to trap");
            };
        }

        @Override
        public byte[] snapshot() {
            alive();
            if (snapshotTraps.get() > 0 && snapshotTraps.getAndDecrement() > 0) {
                throw trap("snapshot unreachable");
            }
            StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%d %d", state.count, state.hash));
            state.counts.forEach(
                    (key, count) -> text.append(' ').append(key).append(' ').append(count));
            return text.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void restore(byte[] snapshot) {
            alive();
            if (restoreTraps) {
                throw trap("restore unreachable");
            }
            String[] parts = new String(snapshot, StandardCharsets.UTF_8).split(" ", -1);
            State restored = new State();
            restored.count = Long.parseLong(parts[0]);
            restored.hash = Long.parseLong(parts[1]);
            for (int i = 2; i < parts.length; i += 2) {
                restored.counts.put(parts[i], Integer.parseInt(parts[i + 1]));
            }
            state = restored;
        }

        @Override
        public long memoryBytes() {
            return 1 << 16;
        }

        @Override
        public void interrupt() {
            interrupted = true;
        }

        @Override
        public void close() {
            dead = true;
        }
    }
}
