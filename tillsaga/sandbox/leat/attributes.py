"""Custom attributes: the definitions, not the values (sheet 3.12)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal

ENTITIES = (
    "business_profiles",
    "business_profile",
    "contact",
    "reward",
    "promotion",
    "voucher",
    "giftcard",
    "giftcard_transaction",
    "prepaid",
    "booking",
    "visit",
    "shift",
)
SELECTS = ("select", "multi_select")
TYPES = (
    *SELECTS,
    "url",
    "text",
    "date",
    "phone",
    "float",
    "color",
    "email",
    "number",
    "boolean",
    "rich_text",
    "date_time",
    "long_text",
    "date_range",
    "time_range",
    "identifier",
    "birth_date",
    "file_upload",
    "media_upload",
    "license_plate",
)


def _options(call: Call) -> list[Record]:
    rows = call.fields.rows("options")
    return [
        # Option values come back as texts, whatever was sent.
        {
            "value": row.text("value"),
            "label": row.text("label"),
            "description": None,
            "media": None,
        }
        for row in rows
    ]


def list_all(call: Call) -> Answer:
    """List the attributes of one entity, or all."""
    rows = call.books.all("SELECT * FROM leat_attributes ORDER BY id")
    if call.fields.has("entity"):
        entity = call.fields.choice("entity", ENTITIES)
        rows = [row for row in rows if row["entity"] == entity]
    return Answer([_show(row) for row in rows])


def _show(row: Record) -> Record:
    shown = {"id": row["id"], "entity": row["entity"], "name": row["name"]}
    return {**shown, **row["document"]}


def define(
    entity: str, name: str, label: str, kind: str, created_at: str, **more: object
) -> Record:
    """Describe an attribute as it is stored."""
    document: Record = {
        "label": label,
        "type": kind,
        "field_type": kind,
        "group": None,
        "group_name": None,
        "description": None,
        "options": [],
        "position": 1,
        "is_piggy_defined": False,
        "is_soft_read_only": False,
        "is_hard_read_only": False,
        "has_unique_value": False,
        "can_be_deleted": True,
        "last_used_date": None,
        "created_by_user": None,
        "meta": None,
        "created_at": created_at,
    }
    return {"entity": entity, "name": name, "document": document | more}


def _existing(call: Call, entity: str | None, name: str) -> Record | None:
    query = "SELECT * FROM leat_attributes WHERE name = ? AND entity = COALESCE(?, entity)"
    return call.books.one(query, name, entity)


def create(call: Call) -> Answer:
    """Define an attribute; its name must be new for the entity.

    A switch makes names unique over all entities, which the sheet's wording allows too.
    """
    fields = call.fields
    entity, name = fields.choice("entity", ENTITIES), fields.text("name")
    label, kind = fields.text("label"), fields.choice("type", TYPES)
    options = _options(call)
    if kind in SELECTS and not options:
        raise fields.invalid("options", "is required for a select")
    wide = call.switches["attribute_names_unique_per_account"]
    if _existing(call, None if wide else entity, name):
        raise Refusal(60009)
    more = {"options": options, "group_name": fields.text_or_none("group_name")}
    more["description"] = fields.text_or_none("description")
    call.books.insert("leat_attributes", **define(entity, name, label, kind, call.now(), **more))
    return Answer(_show(_existing(call, entity, name) or {}), status=201)


def update(call: Call) -> Answer:
    """Change an attribute's texts and options; never its type."""
    fields = call.fields
    found = _existing(call, fields.choice("entity", ENTITIES), call.path["name"])
    if found is None:
        raise Refusal(60013)
    names = [n for n in ("label", "description", "group_name") if fields.has(n)]
    changed = found["document"] | {name: fields.text(name) for name in names}
    if options := _options(call):
        changed["options"] = options
    call.books.update("leat_attributes", found["id"], document=changed)
    return Answer(_show(found | {"document": changed}))


def groups(call: Call) -> Answer:
    """List the attribute groups."""
    return Answer(call.books.all("SELECT * FROM leat_attribute_groups ORDER BY id"))


def create_group(call: Call) -> Answer:
    """Create an attribute group."""
    fields = call.fields
    row = {"entity": fields.choice("entity", ENTITIES), "name": fields.text("name")}
    row["label"] = fields.text_or_none("label") or row["name"]
    number = call.books.insert("leat_attribute_groups", **row)
    return Answer({"id": number, **row}, status=201)


OPERATIONS = [
    Operation("custom_attribute.list", "GET", "/custom-attributes", list_all),
    Operation("custom_attribute.create", "POST", "/custom-attributes", create),
    Operation("custom_attribute.update", "PUT", "/custom-attributes/{name}", update),
    Operation("custom_attribute_group.list", "GET", "/custom-attribute-groups", groups),
    Operation("custom_attribute_group.create", "POST", "/custom-attribute-groups", create_group),
]
