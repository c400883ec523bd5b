package io.thalweg.view.wasm;

import io.thalweg.log.EventBatch;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.wasm.IndexHost.Phase;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance of {@code thalweg:view}. How its values lie in memory, by the canonical ABI:
 *
 * <pre>
 * event, as 12 core arguments    sequence, timestamp, key? pointer length, content-type? pointer length,
 *                                headers: pointer count, payload: pointer length
 * tuple of two strings           0 pointer  4 length  8 pointer  12 length
 * result&lt;_, string&gt;              0 case (1 error)     4 pointer  8 length
 * result&lt;answer, string&gt;         0 case (1 error)     4 answer, or pointer and length of the error
 * answer                         0 case (0 json, 1 text, 2 content)   4 pointer  8 length  [12 pointer  16 length]
 * </pre>
 */
final class EventInstance extends WasmInstance {
    private static final int PAIR_BYTES = 16;
    private static final int MAX_CONTENT_TYPE_BYTES = 255;

    private final long[] appendArguments = new long[12];
    private @Nullable GuestFunction append;

    EventInstance(WasmProgram program, ViewLimits limits, ViewIndex index, MemoryGrant memory) {
        super(program, limits, index, memory);
    }

    @Override
    void bind(Map<String, GuestFunction> functions) {
        append = functions.get("append");
    }

    @Override
    public @Nullable String append(EventBatch event) {
        enter(Phase.APPEND);
        try {
            GuestFunction function = append == null ? function("append") : append;
            lower(event, function.memory());
            int result = function.call(appendArguments);
            String refused = function.memory().readCase(result, 2) == 0
                    ? null
                    : function.memory().readString(result + 4, limits.maxResultBytes());
            function.done(result);
            return refused;
        } catch (Throwable e) {
            throw died("append of event " + event.sequence(), e);
        } finally {
            leave();
        }
    }

    private void lower(EventBatch event, GuestMemory memory) {
        long[] flat = appendArguments;
        flat[0] = event.sequence();
        flat[1] = event.timestampNs();
        ByteBuffer key = event.key();
        flat[2] = key == null ? 0 : 1;
        flat[3] = key == null ? 0 : memory.pass(key);
        flat[4] = key == null ? 0 : key.remaining();
        String contentType = event.contentType();
        byte[] type = contentType == null ? null : contentType.getBytes(StandardCharsets.UTF_8);
        flat[5] = type == null ? 0 : 1;
        flat[6] = type == null ? 0 : memory.pass(type);
        flat[7] = type == null ? 0 : type.length;
        int headers = event.headerCount();
        int pairs = memory.allocate(headers * PAIR_BYTES, 4);
        for (int i = 0; i < headers; i++) {
            passPair(memory, pairs + i * PAIR_BYTES, event.headerName(i), event.headerValue(i));
        }
        flat[8] = pairs;
        flat[9] = headers;
        ByteBuffer payload = event.payload();
        flat[10] = memory.pass(payload);
        flat[11] = payload.remaining();
    }

    private static void passPair(GuestMemory memory, int at, String name, String value) {
        byte[] first = name.getBytes(StandardCharsets.UTF_8);
        memory.writePair(at, memory.pass(first), first.length);
        byte[] second = value.getBytes(StandardCharsets.UTF_8);
        memory.writePair(at + 8, memory.pass(second), second.length);
    }

    @Override
    public ViewAnswer query(ViewQuery query) {
        enter(Phase.QUERY);
        try {
            GuestFunction function = function("query");
            GuestMemory memory = function.memory();
            int count = query.parameters().size();
            int pairs = memory.allocate(count * PAIR_BYTES, 4);
            for (int i = 0; i < count; i++) {
                ViewQuery.Parameter parameter = query.parameters().get(i);
                passPair(memory, pairs + i * PAIR_BYTES, parameter.name(), parameter.value());
            }
            int input = memory.pass(query.input());
            int result = function.call(pairs, count, input, query.input().length);
            ViewAnswer answer = memory.readCase(result, 2) == 0
                    ? answer(memory, result + 4)
                    : new ViewAnswer.Refused(memory.readString(result + 4, limits.maxResultBytes()));
            function.done(result);
            return answer;
        } catch (Throwable e) {
            throw died("query", e);
        } finally {
            leave();
        }
    }

    private ViewAnswer answer(GuestMemory memory, int at) {
        int max = limits.maxResultBytes();
        return switch (memory.readCase(at, 3)) {
            case 0 -> new ViewAnswer.Result("application/json", memory.readText(at + 4, max));
            case 1 -> new ViewAnswer.Result("text/plain; charset=utf-8", memory.readText(at + 4, max));
            default ->
                new ViewAnswer.Result(memory.readString(at + 4, MAX_CONTENT_TYPE_BYTES), memory.readList(at + 12, max));
        };
    }

    @Override
    public void close() {
        super.close();
        append = null;
    }
}
