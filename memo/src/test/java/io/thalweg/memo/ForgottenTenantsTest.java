package io.thalweg.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ForgottenTenantsTest {
    private static final Path SLAB = Path.of("/slab");

    private final MemoryDisk disk = new MemoryDisk();

    private static TenantId tenant(int n) {
        return new TenantId(new UUID(0, n));
    }

    /** And not when the slab is opened the next time. */
    @Test
    void oneTooManyIsRefusedBeforeAnythingIsChanged() throws IOException {
        disk.createDirectories(SLAB);
        ForgottenTenants few = ForgottenTenants.open(disk, SLAB, 2);
        few.add(tenant(1), 10);
        few.add(tenant(2), 20);
        few.add(tenant(1), 25);

        assertThatThrownBy(() -> few.add(tenant(3), 30))
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED))
                .hasMessageContaining("remembers 2 tenants")
                .hasMessageContaining("replace it by a new node");

        assertThat(few.has(tenant(3))).isFalse();
        ForgottenTenants again = ForgottenTenants.open(disk, SLAB);
        assertThat(again.has(tenant(1))).isTrue();
        assertThat(again.has(tenant(2))).isTrue();
        assertThat(again.has(tenant(3))).isFalse();
        assertThat(again.arrivals()).isEqualTo(25);
    }
}
