package io.thalweg.server.views;

import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.host.ViewHost;
import io.thalweg.view.host.ViewPorts;
import io.thalweg.view.schedule.HostThreads;
import io.thalweg.view.schedule.ViewHostOptions;
import io.thalweg.view.wasm.WasmMode;
import io.thalweg.view.wasm.WasmPrograms;
import java.nio.file.Path;
import java.util.function.Function;

/** How views of components run on a node: in which mode their code does, and what their host stands on. */
public final class ViewHosting {
    private ViewHosting() {}

    /** What makes a program of a component's bytes; the same one checks what is deployed, so that what is answered is what will run. */
    public static Function<byte[], ViewProgram> loader(boolean compiled) {
        WasmMode mode = compiled ? WasmMode.COMPILED : WasmMode.INTERPRETED;
        return component -> WasmPrograms.load(component, mode);
    }

    /**
     * Opens the host of a node's views, whose instances share a memory; whoever opened it closes it.
     *
     * @param compared whether there are other nodes to compare states with
     */
    public static ViewHost open(
            NodeOptions options,
            Disk disk,
            Clock clock,
            Shards shards,
            Administration administration,
            ViewKeeper keeper,
            boolean compared) {
        Path directory = options.data().resolve("views");
        ViewHostOptions host = compared ? ViewHostOptions.in(directory) : ViewHostOptions.alone(directory);
        NodeMemory memory = NodeMemory.refusingAtOnce(options.viewMemoryBytes());
        return ViewHost.open(
                host,
                new ViewPorts(
                        disk,
                        clock,
                        HostThreads.start(host),
                        memory::share,
                        shards::events,
                        new DeadLetterLog(administration, shards),
                        keeper));
    }
}
