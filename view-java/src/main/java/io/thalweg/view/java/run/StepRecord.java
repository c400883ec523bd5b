package io.thalweg.view.java.run;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Changes;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A step as an event of the change log. What it emits beside itself was appended with it; its positions are a cell of its changes.
 *
 * <pre>
 * step   = magic "TWST", version 2, changes, count answer*, count sent*
 * answer = text stream, varint sequence, bytes JSON
 * sent   = text stream, (0 | 1 text key), bytes payload
 * </pre>
 *
 * Version 1 had nothing to send.
 *
 * @param sent events for streams of other shards, which the leader sends once the step counts
 */
public record StepRecord(Changes changes, List<Answer> answers, List<Streams.Append> sent) {
    private static final byte[] MAGIC = {'T', 'W', 'S', 'T'};
    private static final int VERSION = 2;

    public byte[] write() {
        ValueWriter to = new ValueWriter().raw(MAGIC).raw(VERSION);
        changes.write(to);
        to.count(answers.size());
        answers.forEach(answer ->
                to.text(answer.to().stream()).count(answer.to().sequence()).bytes(answer.json()));
        to.count(sent.size());
        for (Streams.Append append : sent) {
            String key = append.key();
            to.text(append.stream()).bool(key != null);
            if (key != null) {
                to.text(key);
            }
            to.bytes(append.payload());
        }
        return to.toByteArray();
    }

    public static StepRecord read(byte[] bytes) {
        ValueReader from = new ValueReader(bytes);
        if (!Arrays.equals(from.raw(MAGIC.length), MAGIC)) {
            throw new MalformedException("a step does not begin with TWST");
        }
        int version = from.raw();
        if (version < 1 || version > VERSION) {
            throw new MalformedException("a step has version " + version + ", expected 1 to " + VERSION);
        }
        Changes changes = Changes.read(from);
        List<Answer> answers = new ArrayList<>();
        for (int i = from.size(); i > 0; i--) {
            answers.add(new Answer(new Origin(from.text(), from.count()), from.bytes()));
        }
        List<Streams.Append> sent = new ArrayList<>();
        for (int i = version > 1 ? from.size() : 0; i > 0; i--) {
            sent.add(new Streams.Append(from.text(), from.bool() ? from.text() : null, from.bytes(), null));
        }
        from.end();
        return new StepRecord(changes, List.copyOf(answers), List.copyOf(sent));
    }
}
