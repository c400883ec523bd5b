package io.thalweg.cli.local;

import java.io.IOException;
import java.util.regex.Pattern;

/** The ports that a page has its readers take, 4780 to 4799 on loopback: each stands for one that is free here, the same all over the page. */
public final class PagePorts {
    private static final Pattern PORT = Pattern.compile("(?<=127\\.0\\.0\\.1:)47[89][0-9]\\b");
    private static final int PORTS = 20;

    private final int[] free;

    private PagePorts(int[] free) {
        this.free = free;
    }

    public static PagePorts take() throws IOException {
        return new PagePorts(FreePorts.take(1, PORTS).getFirst());
    }

    /** What a text of the page is here. */
    public String in(String text) {
        return PORT.matcher(text).replaceAll(port -> Integer.toString(free[Integer.parseInt(port.group()) - 4780]));
    }
}
