package io.thalweg.view.wasm;

import io.thalweg.model.event.Event;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what the host costs: events of 100 bytes a second of CPU time of the calling thread, bytes allocated for each, and what an
 * instance costs to start. Run from the module's folder:
 *
 * <pre>
 * ../mvnw -q -o test-compile exec:java … or, with the test classpath: java io.thalweg.view.wasm.Rates [component …]
 * </pre>
 */
final class Rates {
    private static final int EVENTS = 10_000;

    private Rates() {}

    public static void main(String[] arguments) {
        String[] names = arguments.length > 0
                ? arguments
                : new String[] {
                    "counter-c", "delays-machine-c", "delays-c", "counter-rs", "counter-as", "last-flight-as"
                };
        for (String name : names) {
            measure(name);
        }
    }

    private static Batch events() {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            String json = "{\"inc\":" + i % 10 + ",\"date\":\"2001/01/01 00:47\",\"delay\":" + i % 90
                    + ",\"distance\":1750,\"origin\":\"" + (char) ('A' + i % 26) + "TW\",\"d\":\"";
            events.add(Event.of((json + "x".repeat(98 - json.length()) + "\"}").getBytes(StandardCharsets.US_ASCII)));
        }
        return new Batch(1, events);
    }

    private static void measure(String name) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long loading = threads.getCurrentThreadCpuTime();
        try (ViewProgram program = WasmPrograms.load(Guests.component(name), WasmMode.COMPILED);
                ViewInstance view = Guests.started(program, new MapIndex())) {
            loading = threads.getCurrentThreadCpuTime() - loading;
            Batch events = events();
            double best = 0;
            double allocated = 0;
            for (int round = 0; round < 8; round++) {
                long bytes = threads.getCurrentThreadAllocatedBytes();
                long start = threads.getCurrentThreadCpuTime();
                long appended = 0;
                while (threads.getCurrentThreadCpuTime() - start < 500_000_000L) {
                    Guests.append(view, events.rewind());
                    appended += EVENTS;
                }
                double seconds = (threads.getCurrentThreadCpuTime() - start) / 1e9;
                best = Math.max(best, appended / seconds);
                allocated = (double) (threads.getCurrentThreadAllocatedBytes() - bytes) / appended;
            }
            int starts = 200;
            long start = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < starts; i++) {
                Guests.started(program, new MapIndex()).close();
            }
            double startMicros = (threads.getCurrentThreadCpuTime() - start) / 1e3 / starts;
            System.out.printf(
                    "%-18s %,12.0f events/cpu-s  %6.1f bytes allocated an event  load %,d ms  start %,.0f us%n",
                    name, best, allocated, loading / 1_000_000, startMicros);
        }
    }
}
