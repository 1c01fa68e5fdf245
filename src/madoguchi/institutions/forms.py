"""The written forms that settings take, each with the words an error explains it by."""

from typing import Annotated

from msgspec import Meta

CODE = r"^[0-9]{4}\Z"
WORD = r"^[a-z0-9](-?[a-z0-9])*\Z"
BRANCH = r"^[0-9]{3}\Z"
SLUG = r"^[a-z0-9](-?[a-z0-9])*\Z"
HOST = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}\Z"
PHONE = r"^0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}\Z"
LINK = r"^(https://[^\s/]+(/\S*)?|/\S*)\Z"
MAIL = r"^[^@\s]{1,64}@([a-z0-9-]+\.)+[a-z]{2,}\Z"
COLOUR = r"^#[0-9a-f]{6}\Z"
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?\Z"
DURATION = r"^P(?=[0-9T])([0-9]{1,2}D)?(T(?=[0-9])([0-9]{1,3}H)?([0-9]{1,4}M)?([0-9]{1,6}S)?)?\Z"
LINE = r"^[^\s\x00-\x1f](.*[^\s])?\Z"

IN_WORDS = {
    CODE: 'a text of 4 digits, such as "9901"',
    WORD: 'a word of lower-case letters, digits and single hyphens, such as "first-school"',
    BRANCH: 'a text of 3 digits, such as "001"',
    SLUG: 'lower-case letters, digits and single hyphens, such as "sample-shinkumi"',
    HOST: 'a host name in lower case, such as "api.example.jp"',
    PHONE: 'a Japanese phone number with hyphens, such as "0120-000-101"',
    LINK: 'an address that begins with "https://", or a path on this server that begins with "/"',
    MAIL: 'a mail address with its domain in lower case, such as "notice@example.jp"',
    COLOUR: 'a colour as # and six lower-case hexadecimal digits, such as "#0017c1"',
    TIME_OF_DAY: 'a time of day from "00:00" to "23:59:59"',
    DURATION: 'a duration after RFC 5545, such as "PT7H10M"',
    LINE: "one line of text, not empty, without spaces at either end",
}

Word = Annotated[str, Meta(pattern=WORD, max_length=40)]
Code = Annotated[str, Meta(pattern=CODE)]
BranchCode = Annotated[str, Meta(pattern=BRANCH)]
Slug = Annotated[str, Meta(pattern=SLUG, max_length=40)]
Host = Annotated[str, Meta(pattern=HOST, max_length=253)]
Phone = Annotated[str, Meta(pattern=PHONE)]
Link = Annotated[str, Meta(pattern=LINK)]
MailAddress = Annotated[str, Meta(pattern=MAIL)]
Colour = Annotated[str, Meta(pattern=COLOUR)]
TimeOfDay = Annotated[str, Meta(pattern=TIME_OF_DAY)]
Duration = Annotated[str, Meta(pattern=DURATION)]
Line = Annotated[str, Meta(pattern=LINE, max_length=200)]
