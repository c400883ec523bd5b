package io.thalweg.view.java;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Changes;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A step as an event of the change log. What it emits was appended with it; its positions are a cell of its changes.
 *
 * <pre>
 * step   = magic "TWST", version 1, changes, count answer*
 * answer = text stream, varint sequence, bytes JSON
 * </pre>
 */
record StepRecord(Changes changes, List<Answer> answers) {
    private static final byte[] MAGIC = {'T', 'W', 'S', 'T'};
    private static final int VERSION = 1;

    byte[] write() {
        ValueWriter to = new ValueWriter().raw(MAGIC).raw(VERSION);
        changes.write(to);
        to.count(answers.size());
        answers.forEach(
                answer -> to.text(answer.stream()).count(answer.sequence()).bytes(answer.json()));
        return to.toByteArray();
    }

    static StepRecord read(byte[] bytes) {
        ValueReader from = new ValueReader(bytes);
        if (!Arrays.equals(from.raw(MAGIC.length), MAGIC)) {
            throw new MalformedException("a step does not begin with TWST");
        }
        int version = from.raw();
        if (version != VERSION) {
            throw new MalformedException("a step has version " + version + ", expected " + VERSION);
        }
        Changes changes = Changes.read(from);
        List<Answer> answers = new ArrayList<>();
        for (int i = from.size(); i > 0; i--) {
            answers.add(new Answer(from.text(), from.count(), from.bytes()));
        }
        from.end();
        return new StepRecord(changes, List.copyOf(answers));
    }
}
