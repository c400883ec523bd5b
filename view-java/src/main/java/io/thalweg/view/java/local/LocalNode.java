package io.thalweg.view.java.local;

import io.thalweg.model.Slots;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Dependencies;
import io.thalweg.view.java.query.OtherView;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole node inside the process, for tests of views that go together: logs, the views that follow them and emit to them, and one time for all of
 * them, without a port or a file. Nothing runs by itself: {@link #process} runs what waits until nothing does. All logs and views have as many
 * partitions as the node is told to give them. One thread.
 */
public final class LocalNode {
    private final int partitions;
    private final LocalTime time = new LocalTime(LocalView.BEGINNING);
    private final MemoryStreams logs = new MemoryStreams(time);
    private final Map<String, LocalView> views = new LinkedHashMap<>();

    /** @param partitions of each log and each view */
    public LocalNode(int partitions) {
        this.partitions = partitions;
    }

    /**
     * Puts a view on the node, or other code in the place of one that is there, on the same indexes and positions. It processes nothing yet.
     *
     * @throws DeclarationException if it declares what does not fit
     */
    public LocalView deploy(String name, Supplier<View> code) {
        LocalView there = views.get(name);
        requireFits(name, new Wiring(code.get(), 0, partitions));
        if (there == null) {
            UUID id = new UUID(0, views.size() + 1L);
            there = new LocalView(code, partitions, CallRunner.INLINE, this::other, time, logs.beside(), id, false);
            views.put(name, there);
        } else {
            there.take(code);
        }
        return there;
    }

    /** Refuses code that reads of other views what they have not, and code without what others read. */
    private void requireFits(String name, Wiring declared) {
        for (Other other : declared.others()) {
            LocalView there = views.get(other.name());
            if (there == null || other.name().equals(name)) {
                throw new DeclarationException(
                        "view " + name + " reads view " + other.name() + ", and there are " + views.keySet());
            }
            Dependencies.requireFits(
                    name, other, there.wiring().declared(), there.wiring().queries());
        }
        views.forEach((reader, its) -> its.wiring().others().stream()
                .filter(other -> other.name().equals(name))
                .forEach(other -> Dependencies.requireFits(reader, other, declared.declared(), declared.queries())));
    }

    private OtherView other(String name) {
        LocalView view = views.get(name);
        return view == null ? Others.NONE.open(name) : view.asOther();
    }

    /** A view of the node. */
    public LocalView view(String name) {
        LocalView view = views.get(name);
        if (view == null) {
            throw new IllegalArgumentException("there is no view " + name + ", only " + views.keySet());
        }
        return view;
    }

    /**
     * Appends an event of a key to a log.
     *
     * @return where it stands, for {@link #answer} and {@link LocalView#replay}
     */
    public String append(String log, String key, byte[] payload) {
        String stream = logs.owner(log, partitions, Slots.of(key));
        logs.append(stream, logs.newest(stream), List.of(new Streams.Append(stream, key, payload, null)));
        return stream + "@" + logs.newest(stream);
    }

    /** Makes steps until no partition of any view has anything to do: what one view emits is taken by those that follow it. */
    public void process() {
        boolean more = true;
        while (more) {
            more = false;
            for (LocalView view : views.values()) {
                more |= view.turn();
            }
        }
    }

    /** Lets time go by, and processes what that brings. */
    public void advance(Duration by) {
        time.forward(by);
        process();
    }

    /** Kills the leaders of a partition of all views, with what their stores had not written; others take over. */
    public void crash(int partition, Random random) {
        views.values().forEach(view -> view.crash(partition, random));
    }

    /** What a view answered to an event, null if it did not, or not yet. */
    public @Nullable Object answer(String view, String event) {
        return view(view).answer(event);
    }

    /** Payloads of a log, partition by partition. */
    public List<byte[]> log(String log) {
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < logs.partitions(log, partitions); i++) {
            logs.read(Wiring.log(log, i), 0, Integer.MAX_VALUE).forEach(event -> payloads.add(event.payload()));
        }
        return payloads;
    }
}
