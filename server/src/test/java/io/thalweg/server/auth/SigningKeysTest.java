package io.thalweg.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key takes the place of another on nodes that run, and no token is void before its time. */
final class SigningKeysTest {
    @TempDir
    private Path directory = Path.of("");

    private long nowNs = 1;

    private Path node(String id) throws IOException {
        Path secrets = directory.resolve(id);
        SecretFiles.createDirectory(secrets);
        return secrets;
    }

    private Tokens tokens(Path secrets) throws IOException {
        return new Tokens(new SigningKeys(secrets, () -> nowNs), InstantSource.system());
    }

    private static Claims claims() {
        return new Claims(
                new TenantId(new UUID(1, 1)),
                Claims.Kind.USER,
                new UUID(2, 2),
                1,
                Instant.now().plusSeconds(3_600).getEpochSecond());
    }

    private void pass() {
        nowNs += Duration.ofSeconds(11).toNanos();
    }

    private static void assertVoid(Tokens tokens, String token) {
        assertThatThrownBy(() -> tokens.verify(token))
                .isInstanceOfSatisfying(
                        ThalwegException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
    }

    @Test
    void oneNodeAfterTheOtherSignsWithTheNextKeyAndEachTakesTheOthersTokens() throws Exception {
        Path first = node("n1");
        Path second = node("n2");
        SigningKey.create(first.resolve(SigningKeys.SIGNS));
        Files.copy(
                first.resolve(SigningKeys.SIGNS),
                second.resolve(SigningKeys.SIGNS),
                StandardCopyOption.COPY_ATTRIBUTES);
        Tokens one = tokens(first);
        Tokens two = tokens(second);
        String old = one.issue(claims());
        assertThat(two.verify(old)).isEqualTo(one.verify(old));

        assertThatThrownBy(() -> SigningKeys.useNext(first)).hasMessageContaining("make it first");
        SigningKeys.makeNext(first);
        assertThatThrownBy(() -> SigningKeys.makeNext(first)).hasMessageContaining("already");
        Files.copy(
                first.resolve(SigningKeys.NEXT), second.resolve(SigningKeys.NEXT), StandardCopyOption.COPY_ATTRIBUTES);
        pass();
        assertThat(one.verify(old)).as("after a look").isNotNull();
        SigningKeys.useNext(first);
        String between = one.issue(claims());
        assertThat(two.verify(between)).as("still of the old key").isNotNull();
        pass();
        String fresh = one.issue(claims());
        assertThat(two.verify(fresh).subject())
                .as("before it signs with that key itself")
                .isEqualTo(claims().subject());
        assertThat(two.verify(old)).isNotNull();
        assertThat(one.verify(two.issue(claims()))).as("of the key before").isNotNull();

        SigningKeys.useNext(second);
        pass();
        assertThat(one.verify(two.issue(claims()))).isNotNull();
        SigningKeys.forgetLast(first);
        assertThat(one.verify(old)).as("for some seconds").isNotNull();
        pass();
        assertVoid(one, old);
        assertVoid(one, between);
        assertThat(one.verify(fresh)).isNotNull();
        assertThat(two.verify(old)).as("where it was not forgotten").isNotNull();
    }

    @Test
    void aCrashInTheMiddleIsDoneByAnotherCallAndWhatCannotBeReadChangesNothing() throws Exception {
        Path secrets = node("n1");
        SigningKey.create(secrets.resolve(SigningKeys.SIGNS));
        Tokens tokens = tokens(secrets);
        String old = tokens.issue(claims());
        SigningKeys.makeNext(secrets);
        SecretFiles.write(secrets.resolve(SigningKeys.LAST), SecretFiles.read(secrets.resolve(SigningKeys.SIGNS)));
        SigningKeys.useNext(secrets);
        pass();
        assertThat(tokens.verify(old)).isNotNull();
        SigningKeys.makeNext(secrets);
        assertThatThrownBy(() -> SigningKeys.useNext(secrets)).hasMessageContaining("void at once");

        SecretFiles.write(secrets.resolve(SigningKeys.LAST), "no key\n");
        pass();
        assertThat(tokens.verify(old)).isNotNull();
        assertThatThrownBy(() -> NodeSecrets.read(secrets)).hasMessageContaining(SigningKeys.LAST);
    }
}
