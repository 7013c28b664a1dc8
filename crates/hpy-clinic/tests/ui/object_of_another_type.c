/*[clinic input]
module m
class m.C "C *" "C_type"

m.f
    x: object(subclass_of=C, type="int")
[clinic start generated code]*/
