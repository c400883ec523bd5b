package io.thalweg.server.views;

import io.thalweg.directory.Tenant;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.host.ViewHost;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The views of components that run on this node, for whoever compares them with those of other nodes. Thread-safe. */
interface RunningViews {

    /** All versions of all of them. */
    List<VersionStatus> status();

    /** The shard that a version follows; empty when its view is gone. */
    OptionalInt shard(VersionStatus version);

    /** Whether this node leads a shard. */
    boolean leads(int shard);

    /** Has a parked version try again; throws {@link ThalwegException} when it is not parked any more, or gone. */
    void retry(ViewId view, int version);

    /** Has the state of a version made again, from one that does not reflect a sequence; false if that was done before, as {@link ViewHost#renew}. */
    boolean renew(ViewId view, int version, long sequence);

    /** Those of a node's host. */
    record Hosted(ViewHost host, Administration administration, Shards shards) implements RunningViews {
        @Override
        public List<VersionStatus> status() {
            return host.status();
        }

        @Override
        public OptionalInt shard(VersionStatus version) {
            Optional<Tenant> tenant = administration.directory().tenant(version.tenant());
            return tenant.flatMap(owner -> owner.view(version.view()).flatMap(view -> owner.source(view.log())))
                    .map(source -> OptionalInt.of(source.shard(0)))
                    .orElse(OptionalInt.empty());
        }

        @Override
        public boolean leads(int shard) {
            return shards.leads(shard);
        }

        @Override
        public void retry(ViewId view, int version) {
            host.retry(view, version);
        }

        @Override
        public boolean renew(ViewId view, int version, long sequence) {
            return host.renew(view, version, sequence);
        }
    }
}
