import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import "./app.css"
import { App } from "./App.js"

const root = document.getElementById("root")
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>
  )
}
