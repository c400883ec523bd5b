package io.thalweg.view.wasm;

import io.thalweg.log.EventBatch;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.wasm.IndexHost.Phase;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An instance of {@code primatomic:machine}: bytes in, bytes out; it can refuse nothing. */
final class MachineInstance extends WasmInstance {
    private final long[] appendArguments = new long[2];
    private @Nullable GuestFunction append;

    MachineInstance(WasmProgram program, ViewLimits limits, ViewIndex index, MemoryGrant memory) {
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
            ByteBuffer payload = event.payload();
            appendArguments[0] = function.memory().pass(payload);
            appendArguments[1] = payload.remaining();
            function.run(appendArguments);
            return null;
        } catch (Throwable e) {
            throw died("append of event " + event.sequence(), e);
        } finally {
            leave();
        }
    }

    @Override
    public ViewAnswer query(ViewQuery query) {
        enter(Phase.QUERY);
        try {
            GuestFunction function = function("query");
            int input = function.memory().pass(query.input());
            int result = function.call(input, query.input().length);
            byte[] answer = function.memory().readList(result, limits.maxResultBytes());
            function.done(result);
            return ViewAnswer.untyped(answer);
        } catch (Throwable e) {
            throw died("query", e);
        } finally {
            leave();
        }
    }

    @Override
    public void close() {
        super.close();
        append = null;
    }
}
