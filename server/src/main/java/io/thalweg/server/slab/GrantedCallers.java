package io.thalweg.server.slab;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.machine.Credentials;
import io.thalweg.memo.slab.SlabOptions;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What is told to each slab about who may call: of those tenants alone of which it may hold something. Thread-safe. */
final class GrantedCallers {
    private final SlabOptions.Grants grants;
    private final Map<UUID, SlabLinks.Versioned> told = new ConcurrentHashMap<>();

    GrantedCallers(SlabOptions.Grants grants) {
        this.grants = grants;
    }

    /**
     * What one slab is told.
     *
     * @param all the newest that is known, of all tenants
     * @param directory the newest, at least as new
     */
    SlabLinks.Versioned to(UUID peer, SlabLinks.Versioned all, Supplier<Directory> directory) {
        SlabLinks.Versioned before = told.get(peer);
        if (before != null && before.version() >= all.version()) {
            return before;
        }
        Directory now = directory.get();
        boolean everything = now.tenants().stream().map(Tenant::id).allMatch(tenant -> grants.mayHold(peer, tenant));
        SlabLinks.Versioned next = everything
                ? all
                : new SlabLinks.Versioned(
                        all.version(), Credentials.encode(now, tenant -> grants.mayHold(peer, tenant)));
        told.put(peer, next);
        return next;
    }
}
