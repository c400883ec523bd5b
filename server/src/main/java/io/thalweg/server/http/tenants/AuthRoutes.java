package io.thalweg.server.http.tenants;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.User;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.UserId;
import io.thalweg.server.auth.Attempts;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Administration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How keys and people get tokens, and how people come to be. */
final class AuthRoutes {
    private static final String TAG = "auth";

    /** Logins that are tried for one address in a minute. */
    private static final int LOGINS_PER_MINUTE = 10;

    /** Logins from one place in a minute, whomever they are for. */
    private static final int LOGINS_FROM_PER_MINUTE = 120;

    private static final byte[] PAGE = """
        <!doctype html><meta charset="utf-8"><title>Invitation</title>
        <form><label>Choose a password: <input type="password" minlength="8" required></label>
        <button>Accept the invitation</button></form><p role="status"></p>
        <script>
        document.forms[0].onsubmit = async (event) => {
          event.preventDefault();
          const token = new URLSearchParams(location.search).get("token");
          const password = document.querySelector("input").value;
          const answer = await fetch("/invitations/accept", {
            method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token, password})});
          const body = await answer.json();
          document.querySelector("p").textContent = answer.ok
            ? "You are a member of " + body.tenant_name + " now: log in as " + body.email + "." : body.error;
        };
        </script>
        """.getBytes(StandardCharsets.UTF_8);

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Administration administration;
    private final Authenticator authenticator;
    private final Passwords passwords;
    private final Attempts logins = new Attempts(LOGINS_PER_MINUTE, MINUTE, System::nanoTime);
    private final Attempts loginsFrom = new Attempts(LOGINS_FROM_PER_MINUTE, MINUTE, System::nanoTime);

    AuthRoutes(Administration administration, Authenticator authenticator, Passwords passwords) {
        this.administration = administration;
        this.authenticator = authenticator;
        this.passwords = passwords;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/auth/login")
                        .by(Access.OPEN)
                        .named("login", TAG, "Log in as a person.")
                        .takes(MediaTypes.JSON, "Login")
                        .answers(200, "The token.", "Token")
                        .answers(
                                429,
                                "Too many tries for this address, or from this place.",
                                "text/plain",
                                "RateLimited")
                        .refuses(401, "The address or the password is wrong.")
                        .refuses(503, "Too many passwords are being checked at the moment.")
                        .to(this::login),
                Route.post("/auth/password")
                        .by(Access.SELF)
                        .named("change_password", TAG, "Change one's own password; all tokens of before are void.")
                        .takes(MediaTypes.JSON, "PasswordChange")
                        .answers(204, "Changed.")
                        .refuses(503, "Too many passwords are being checked at the moment.")
                        .to(this::changePassword),
                Route.post("/invitations/accept")
                        .by(Access.OPEN)
                        .named("accept_invitation", TAG, "Become a member with the token of an invitation.")
                        .takes(MediaTypes.JSON, "Acceptance")
                        .answers(201, "A member now; log in with POST /auth/login.", "Accepted")
                        .refuses(404, "The invitation is unknown, used, revoked or expired.")
                        .refuses(409, "The address is a member already.")
                        .refuses(503, "Too many passwords are being checked at the moment.")
                        .to(this::accept),
                Route.get("/invitations/accept")
                        .by(Access.OPEN)
                        .named("invitation_page", TAG, "What the link of an invitation shows in a browser.")
                        .query("token", Shape.text(), "The token of the invitation.")
                        .answers(200, "A page that asks for a password and accepts.", "text/html", null)
                        .to(AuthRoutes::page));
    }

    /** The token stays in the link; the page itself is the same for all. */
    private static void page(Call call) {
        call.with("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self'")
                .with("Referrer-Policy", "no-referrer")
                .reply(200, MediaTypes.HTML, PAGE);
    }

    record Login(
            @Nullable String email,
            @Nullable String password,
            @Nullable String tenant) {}

    record PasswordChange(
            @Nullable String currentPassword, @Nullable String newPassword) {}

    record Acceptance(@Nullable String token, @Nullable String password) {}

    record Accepted(UUID userId, String email, String role, UUID tenantId, String tenantName) {}

    private void login(Call call) {
        Login login = call.json(Login.class);
        String email = Json.required("email", login.email);
        String password = Json.required("password", login.password);
        String canonical = io.thalweg.directory.Names.canonicalEmail(email);
        if (!loginsFrom.tryOnce(call.caller()) || !logins.tryOnce(canonical)) {
            TokenRoutes.refuse(call);
            return;
        }
        call.with("Cache-Control", "no-store")
                .reply(200, TokenRoutes.Token.of(authenticator.tokenForPerson(email, password, login.tenant)));
    }

    private void changePassword(Call call) throws InterruptedException {
        PasswordChange change = call.json(PasswordChange.class);
        if (!(call.principal().actor() instanceof Actor.OfUser(UserId id))) {
            throw new ThalwegException(ErrorCode.FORBIDDEN, "an API key has no password");
        }
        User user = call.tenant()
                .user(id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.UNAUTHENTICATED, "you are no member any more"));
        // Whoever has a token does not have the password, and may not guess it.
        if (!logins.tryOnce("password of " + id)) {
            TokenRoutes.refuse(call);
            return;
        }
        if (!passwords.matches(Json.required("current_password", change.currentPassword), user.password())) {
            throw new ThalwegException(ErrorCode.FORBIDDEN, "the current password is wrong");
        }
        administration.run(
                call.tenantId(),
                call.principal().actor(),
                new DirectoryCommand.ChangePassword(
                        id, passwords.hash(Json.required("new_password", change.newPassword))));
        call.replyNothing();
    }

    private void accept(Call call) throws InterruptedException {
        Acceptance acceptance = call.json(Acceptance.class);
        SecretHash token = SecretHash.ofSecret(Json.required("token", acceptance.token));
        Directory.OpenInvitation open = administration
                .directory()
                .invitationByToken(token, authenticator.nowNs())
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.NOT_FOUND, "there is no such invitation: it is unknown, used, revoked or expired"));
        UserId id = new UserId(UUID.randomUUID());
        administration.run(
                open.tenant().id(),
                new Actor.OfUser(id),
                new DirectoryCommand.AcceptInvitation(
                        open.invitation().id(),
                        token,
                        id,
                        passwords.hash(Json.required("password", acceptance.password))));
        call.reply(
                201,
                new Accepted(
                        id.value(),
                        open.invitation().email(),
                        open.invitation().role().text(),
                        open.tenant().id().value(),
                        open.tenant().name()));
    }
}
