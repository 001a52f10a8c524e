/* The standalone launcher, as the executable carries it. */
    .section .rodata.launcher_image, "a", @progbits
    .balign 4096
    .global launcher_image, launcher_image_end
launcher_image:
    .incbin LAUNCHER
launcher_image_end:
    .section .note.GNU-stack, "", @progbits
