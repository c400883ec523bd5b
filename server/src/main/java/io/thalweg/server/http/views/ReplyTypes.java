package io.thalweg.server.http.views;

import io.thalweg.server.form.MediaTypes;
import java.util.regex.Pattern;

/** Media types that a view chose: they become a header, so only what can be one passes. */
final class ReplyTypes {
    private static final Pattern SAFE =
            Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}(;[ -~]{0,128})?");

    private ReplyTypes() {}

    static String safe(String mediaType) {
        return SAFE.matcher(mediaType).matches() ? mediaType : MediaTypes.BINARY;
    }
}
