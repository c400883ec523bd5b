package io.thalweg.server.http.tenants;

import io.thalweg.directory.Actor;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.User;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.UserId;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.form.Ids;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.views.ViewKeeper;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What whoever runs the node does with tenants. Guarded by the operator's key, which no tenant has. */
final class OperatorRoutes {
    private static final String TAG = "operator";

    private final Administration administration;
    private final ViewKeeper keeper;
    private final Authenticator authenticator;
    private final Passwords passwords;
    private final Keys keys;

    OperatorRoutes(
            Administration administration,
            ViewKeeper keeper,
            Authenticator authenticator,
            Passwords passwords,
            Keys keys) {
        this.administration = administration;
        this.keeper = keeper;
        this.authenticator = authenticator;
        this.passwords = passwords;
        this.keys = keys;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/operator/tenants")
                        .by(Access.OPERATOR)
                        .named("create_tenant", TAG, "Create a tenant.")
                        .takes(MediaTypes.JSON, "NewTenant")
                        .answers(201, "Created.", "Tenant")
                        .refuses(409, "There is a tenant with this name.")
                        .to(this::create),
                Route.get("/operator/tenants")
                        .by(Access.OPERATOR)
                        .named("list_tenants", TAG, "List the tenants, by name.")
                        .answers(200, "All of them.", "TenantList")
                        .to(this::list),
                Route.get("/operator/tenants/{tenant_id}")
                        .by(Access.OPERATOR)
                        .named("get_tenant_by_id", TAG, "Look at a tenant.")
                        .answers(200, "The tenant.", "Tenant")
                        .to(call -> call.reply(200, TenantForms.TenantView.of(tenant(call)))),
                Route.put("/operator/tenants/{tenant_id}/limits")
                        .by(Access.OPERATOR)
                        .named("set_tenant_limits", TAG, "Set all limits of a tenant; what is left out has none.")
                        .takes(MediaTypes.JSON, "Limits")
                        .answers(200, "The tenant as it is now.", "Tenant")
                        .to(this::limits),
                Route.put("/operator/tenants/{tenant_id}/java_views")
                        .by(Access.OPERATOR)
                        .named(
                                "allow_java_views",
                                TAG,
                                "Let a tenant deploy views in Java, whose code may do all that the node may, or not.")
                        .takes(MediaTypes.JSON, "JavaViewsAllowed")
                        .answers(200, "As it is now.", "JavaViewsAllowed")
                        .to(this::allowJavaViews),
                Route.delete("/operator/tenants/{tenant_id}")
                        .by(Access.OPERATOR)
                        .named("delete_tenant_by_id", TAG, "Delete a tenant with everything in it.")
                        .answers(204, "Deleted.")
                        .to(this::delete),
                Route.post("/operator/tenants/{tenant_id}/users")
                        .by(Access.OPERATOR)
                        .named("create_user", TAG, "Make a person a member, for instance the first owner.")
                        .takes(MediaTypes.JSON, "NewUser")
                        .answers(201, "A member now.", "Member")
                        .refuses(409, "The address is a member already.")
                        .to(this::createUser),
                Route.post("/operator/tenants/{tenant_id}/keys")
                        .by(Access.OPERATOR)
                        .named("create_tenant_key", TAG, "Create an API key of a tenant, for instance its first.")
                        .takes(MediaTypes.JSON, "NewKey")
                        .answers(201, "The key, shown this once.", "KeyCreated")
                        .to(this::createKey),
                Route.get("/operator/tenants/{tenant_id}/keys")
                        .by(Access.OPERATOR)
                        .named("list_tenant_keys", TAG, "List a tenant's API keys, without what they are.")
                        .answers(200, "All of them.", "KeyList")
                        .to(call -> call.reply(200, KeyForms.list(tenant(call), authenticator.nowNs()))));
    }

    record NewTenant(@Nullable String name, TenantForms.@Nullable LimitsView limits) {}

    record TenantList(List<TenantForms.TenantView> tenants) {}

    record NewUser(
            @Nullable String email,
            @Nullable String password,
            @Nullable String role) {}

    private void create(Call call) throws InterruptedException {
        NewTenant wanted = call.strictJson(NewTenant.class);
        TenantId id = new TenantId(UUID.randomUUID());
        TenantLimits limits = wanted.limits == null ? TenantLimits.DEFAULT : TenantForms.limits(wanted.limits);
        ReservedLogs reserved = new ReservedLogs(
                new LogId(UUID.randomUUID()), new LogId(UUID.randomUUID()), new LogId(UUID.randomUUID()));
        run(id, new DirectoryCommand.CreateTenant(Json.required("name", wanted.name), limits, reserved));
        call.reply(201, TenantForms.TenantView.of(tenant(id)));
    }

    private void run(TenantId id, DirectoryCommand command) throws InterruptedException {
        keeper.follow(administration.run(id, Actor.operator(), command).directory());
    }

    private void list(Call call) {
        call.reply(
                200,
                new TenantList(administration.directory().tenants().stream()
                        .sorted(Comparator.comparing(Tenant::name))
                        .map(TenantForms.TenantView::of)
                        .toList()));
    }

    private Tenant tenant(Call call) {
        return Ids.parse(call.path("tenant_id"), TenantId::parse)
                .map(this::tenant)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such tenant"));
    }

    private Tenant tenant(TenantId id) {
        return administration
                .directory()
                .tenant(id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such tenant"));
    }

    private void limits(Call call) throws InterruptedException {
        Tenant tenant = tenant(call);
        TenantLimits limits = TenantForms.limits(call.strictJson(TenantForms.LimitsView.class));
        run(tenant.id(), new DirectoryCommand.ChangeTenantLimits(limits));
        call.reply(200, TenantForms.TenantView.of(tenant(tenant.id())));
    }

    record JavaViewsAllowed(@Nullable Boolean allowed) {}

    private void allowJavaViews(Call call) throws InterruptedException {
        Boolean allowed = call.strictJson(JavaViewsAllowed.class).allowed;
        if (allowed == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "say whether it is 'allowed'");
        }
        run(tenant(call).id(), new DirectoryCommand.AllowJavaViews(allowed));
        call.reply(200, new JavaViewsAllowed(allowed));
    }

    private void delete(Call call) throws InterruptedException {
        run(tenant(call).id(), new DirectoryCommand.DeleteTenant());
        call.replyNothing();
    }

    private void createKey(Call call) throws InterruptedException {
        Keys.Made made = keys.make(tenant(call), Actor.operator(), call.strictJson(KeyForms.NewKey.class));
        call.with("Cache-Control", "no-store").reply(201, KeyForms.created(made));
    }

    private void createUser(Call call) throws InterruptedException {
        Tenant tenant = tenant(call);
        NewUser wanted = call.strictJson(NewUser.class);
        UserId id = new UserId(UUID.randomUUID());
        Role role = TenantForms.role(wanted.role);
        PasswordHash password = passwords.hash(Json.required("password", wanted.password));
        run(tenant.id(), new DirectoryCommand.CreateUser(id, Json.required("email", wanted.email), password, role));
        User user = tenant(tenant.id())
                .user(id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the member was removed meanwhile"));
        call.reply(201, TenantForms.MemberView.of(user));
    }
}
