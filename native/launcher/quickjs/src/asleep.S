/* Modules that sleep, as the executable carries them. */
    .section .rodata.asleep, "a", @progbits
    .balign 4096
    .global asleep_begin, asleep_end
asleep_begin:
    .incbin ASLEEP
asleep_end:
    .section .note.GNU-stack, "", @progbits
