/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
@typed
m.f
    *args: array
[clinic start generated code]*/
