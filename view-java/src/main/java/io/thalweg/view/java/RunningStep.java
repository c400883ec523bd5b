package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.KeyGuard;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.Overlay;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a handler does while it runs; the partition takes it when it returns. */
final class RunningStep implements Step {
    private final Partition partition;
    private final Wiring wiring;
    private final Overlay overlay;
    private final Instant now;
    private final String stream;
    private final long sequence;
    private final List<Streams.Append> emitted = new ArrayList<>();
    private @Nullable Answer said;
    private String key = "";
    private boolean aligned;

    RunningStep(Partition partition, Wiring wiring, Overlay overlay, Instant now, String stream, long sequence) {
        this.partition = partition;
        this.wiring = wiring;
        this.overlay = overlay;
        this.now = now;
        this.stream = stream;
        this.sequence = sequence;
    }

    /** Says what the event is about; without a key of its own it stands in no slot. */
    void key(String about, boolean isKey) {
        key = about;
        aligned = isKey;
    }

    List<Streams.Append> emitted() {
        return emitted;
    }

    @Nullable
    Answer said() {
        return said;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public <T> IndexWriter<T> index(Index<T> index) {
        if (!aligned) {
            throw new MisalignedException("this event has no key, so no part of index " + index.name()
                    + " is at hand; hop to the key first" + Wiring.userLine());
        }
        int slot = Slots.of(key);
        KeyGuard guard = !(index.schema().current() instanceof MapSchema<?, ?> map)
                ? KeyGuard.NONE
                : reached -> {
                    String text = text(map.key(), reached);
                    if (Slots.of(text) != slot) {
                        throw new MisalignedException(
                                "key \"" + text + "\" of index " + index.name() + " lies elsewhere than \"" + key
                                        + "\", which this event is about; hop to it" + Wiring.userLine());
                    }
                };
        return partition.index(index).writer(overlay, slot, guard);
    }

    /** A key of an index as the key of an event. */
    static String text(Schema<?> schema, Object key) {
        return String.valueOf(schema.plain(schema.coerce(key)));
    }

    private <S> void declared(List<? extends S> all, S one, String what) {
        if (!all.contains(one)) {
            throw new DeclarationException(what + " is not declared by this view" + Wiring.userLine());
        }
    }

    @Override
    public <E> void hop(Source.Hop<E> hop, E event) {
        declared(wiring.declaration().sources(), hop, "hop " + hop.name());
        String target = hop.key().apply(event);
        int owner = Slots.partition(Slots.of(target), wiring.partitions());
        emitted.add(
                new Streams.Append(wiring.hop(hop, owner), target, hop.codec().encode(event)));
    }

    @Override
    public <E> void hopToAll(Source.Hop<E> hop, E event) {
        declared(wiring.declaration().sources(), hop, "hop " + hop.name());
        byte[] payload = hop.codec().encode(event);
        for (int target = 0; target < wiring.partitions(); target++) {
            emitted.add(new Streams.Append(wiring.hop(hop, target), null, payload));
        }
    }

    @Override
    public <E> void emit(Output<E> output, String about, E event) {
        declared(wiring.declaration().outputs(), output, "output " + output.name());
        emitted.add(new Streams.Append(
                wiring.output(output.name(), about), about, output.codec().encode(event)));
    }

    @Override
    public <E> void schedule(Source.Timer<E> timer, Instant at, E event) {
        declared(wiring.declaration().sources(), timer, "timer " + timer.name());
        partition.schedule(timer.name(), key, at, timer.codec().encode(event));
    }

    @Override
    public void answer(Object answer) {
        said = new Answer(stream, sequence, Answers.json(answer));
    }
}
