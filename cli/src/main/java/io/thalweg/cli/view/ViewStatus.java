package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "status", description = "Show how a view is doing.", mixinStandardHelpOptions = true)
final class ViewStatus implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        try (Api api = target.access.open()) {
            JsonNode view = api.get(target.path(api));
            target.output.show(
                    view,
                    List.of(
                            Column.of("name", "view_name"),
                            Column.of("state", "state"),
                            Column.of("reason", "reason"),
                            Column.of("parked at", "blocked_at"),
                            Column.of("position", "position"),
                            Column.of("head", "head"),
                            Column.of("lag", "lag"),
                            Column.of("events a second", "events_per_second"),
                            Column.of("version", "active_version"),
                            Column.of("candidate", "candidate_version"),
                            Column.of("candidate is", "candidate.state"),
                            Column.of("it waits, since", "candidate.reason"),
                            Column.of("version before", "previous_version"),
                            Column.of("missing", "missing"),
                            Column.of("world", "world").inside("versions", "active"),
                            Column.of("snapshot at", "snapshot.sequence").inside("versions", "active"),
                            Column.of("memory, bytes", "memory_bytes").inside("versions", "active"),
                            Column.of("compute, ms", "compute_ms").inside("versions", "active")));
            if (view.has("partitions")) {
                target.output.note(
                        view.path("partitions"),
                        List.of(
                                Column.of("PARTITION", "partition"),
                                Column.of("STATE", "state"),
                                Column.of("STEP", "step"),
                                Column.of("LAG", "lag"),
                                Column.of("REASON", "reason")));
                return 0;
            }
            target.output.note(
                    view.path("versions"),
                    List.of(
                            Column.of("VERSION", "version"),
                            Column.of("ACTIVE", "active"),
                            Column.of("STATE", "state"),
                            Column.of("POSITION", "position"),
                            Column.of("LAG", "lag"),
                            Column.of("PARKED AT", "blocked_at"),
                            Column.of("MISSING", "missing"),
                            Column.of("REASON", "reason")));
            if (view.path("replicas").size() > 1) {
                target.output.note(
                        view.path("replicas"),
                        List.of(
                                Column.of("NODE", "node"),
                                Column.of("LEADS", "leads"),
                                Column.of("STATE", "state"),
                                Column.of("POSITION", "position"),
                                Column.of("LAG", "lag"),
                                Column.of("PARKED AT", "blocked_at"),
                                Column.of("REASON", "reason")));
            }
            return 0;
        }
    }
}
