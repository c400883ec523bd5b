package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Api;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** TenantLimits that a tenant may be given; one that is left out is none. */
final class TenantLimits {
    @Option(names = "--rate", paramLabel = "N", description = "Requests a second.")
    private @Nullable Integer rate;

    @Option(names = "--storage-bytes", paramLabel = "N", description = "Bytes of events kept.")
    private @Nullable Long storageBytes;

    @Option(names = "--logs", paramLabel = "N", description = "Logs.")
    private @Nullable Integer logs;

    @Option(names = "--views", paramLabel = "N", description = "Views.")
    private @Nullable Integer views;

    ObjectNode json() {
        ObjectNode json = Api.JSON.createObjectNode();
        if (rate != null) {
            json.put("requests_per_second", rate);
        }
        if (storageBytes != null) {
            json.put("storage_bytes", storageBytes);
        }
        if (logs != null) {
            json.put("max_logs", logs);
        }
        if (views != null) {
            json.put("max_views", views);
        }
        return json;
    }
}
