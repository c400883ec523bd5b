package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", description = "List tenants.", mixinStandardHelpOptions = true)
final class TenantList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            output.table(
                    api.get("/operator/tenants").path("tenants"),
                    List.of(Column.of("NAME", "name"), Column.of("ID", "tenant_id"), Column.of("LIMITS", "limits")));
            return 0;
        }
    }
}
